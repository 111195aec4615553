using System;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>What assemblers put between pieces of code, so that the next one begins at a round address.</summary>
internal static class Padding
{
    private const int Alignment = 16;

    /// <summary>
    /// Whether nothing but padding follows an instruction up to the next round address. Behind one that never goes on behind itself no code begins there: compilers jump to what they have
    /// aligned, and functions begin at round addresses where others are padded.
    /// </summary>
    /// <param name="behind">The bytes behind it, as many as there are.</param>
    /// <param name="offset">File offset of the first of them.</param>
    /// <param name="mode">The mode of the code.</param>
    public static bool Follows(ReadOnlySpan<byte> behind, ulong offset, ExecutionMode mode)
    {
        int length = (int)(-(long)offset & (Alignment - 1));
        if (length == 0 || length > behind.Length)
        {
            return false;
        }

        var decoder = Decoder.Create(mode.Bitness(), behind[..length].ToArray());
        bool isPadding = true;
        while (isPadding && decoder.IP < (ulong)length)
        {
            isPadding = decoder.Decode().Mnemonic is Mnemonic.Nop or Mnemonic.Int3;
        }

        return isPadding;
    }
}
