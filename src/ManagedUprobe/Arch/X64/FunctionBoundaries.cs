using System;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Instruction boundaries of a function of known extent.</summary>
internal static class FunctionBoundaries
{
    /// <summary>Decodes from the function's start and says whether an instruction starts at an offset.</summary>
    /// <param name="code">The function's code, or its beginning.</param>
    /// <param name="mode">The mode of the code.</param>
    /// <param name="functionOffset">File offset of <paramref name="code"/>.</param>
    /// <param name="offset">File offset asked about, inside <paramref name="code"/>.</param>
    /// <param name="nearestBefore">The last boundary at or before it.</param>
    /// <param name="nearestAfter">The first boundary at or after it.</param>
    /// <remarks>
    /// Bytes that are no instruction (data between code) end what can be known: everything from there on counts
    /// as a boundary.
    /// </remarks>
    public static bool IsBoundary(
        ReadOnlySpan<byte> code, ExecutionMode mode, ulong functionOffset, ulong offset, out ulong nearestBefore, out ulong nearestAfter)
    {
        var decoder = Decoder.Create(mode.Bitness(), code.ToArray(), functionOffset);
        ulong endOffset = functionOffset + (ulong)code.Length;
        nearestBefore = functionOffset;
        nearestAfter = functionOffset;
        while (nearestAfter < offset)
        {
            decoder.Decode(out Instruction instruction);
            if (instruction.IsInvalid || decoder.IP > endOffset)
            {
                nearestBefore = offset;
                nearestAfter = offset;
                break;
            }

            nearestBefore = nearestAfter;
            nearestAfter = decoder.IP;
        }

        if (nearestAfter == offset)
        {
            nearestBefore = offset;
        }

        return nearestAfter == offset;
    }
}
