using System;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Refuses a probe in the middle of an instruction of a known function: the kernel would place it, and break the program.</summary>
internal static class BoundaryCheck
{
    private const int MaxFunctionSize = 4 * 1024 * 1024;

    /// <summary>Checks a place.</summary>
    /// <exception cref="UprobeException">It is no boundary; the message names the nearest ones. Or the file is none that can be probed.</exception>
    public static void Require(string path, ulong offset)
    {
        using var file = ElfFile.Open(path);
        if (!file.TryFindFunctionAt(offset, out ElfSymbol? function)
            || function.Offset == offset
            || offset - function.Offset >= MaxFunctionSize)
        {
            return;
        }

        byte[] code = new byte[offset - function.Offset + InsnAnalyzer.MaxBytes];
        int length = file.ReadAt(function.Offset, code);
        if (!FunctionBoundaries.IsBoundary(code.AsSpan(0, length), function.Offset, offset, out ulong before, out ulong after))
        {
            throw new UprobeException(
                Errno.EINVAL,
                $"{path}:0x{offset:x}: in the middle of an instruction of '{function.Name}'; the nearest ones begin at "
                + $"0x{before:x} ({function.Name}+0x{before - function.Offset:x}) and 0x{after:x} ({function.Name}+0x{after - function.Offset:x}); "
                + "--force places it all the same");
        }
    }
}
