using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>The functions with which position-independent 32-bit code asks where it is (<c>__x86.get_pc_thunk.bx</c>): what they return is their return address.</summary>
internal static class PcThunk
{
    private const byte Load = 0x8b;
    private const byte FromStackTop = 0x24;
    private const byte Ret = 0xc3;

    /// <summary>Whether a function is one: with its return address replaced its caller would compute wrong addresses.</summary>
    public static bool Is(CodePart function)
    {
        ReadOnlySpan<byte> code = function.Code.Span;
        return function.Mode == ExecutionMode.Bits32 && code.Length == 4
            && code[0] == Load && (code[1] & 0xc7) == 0x04 && code[2] == FromStackTop && code[3] == Ret;
    }
}
