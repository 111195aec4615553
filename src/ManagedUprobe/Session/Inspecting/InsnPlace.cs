using System;
using System.Globalization;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>Where a file offset lies in the functions of its file.</summary>
/// <param name="Function">The function that holds it; null when none does.</param>
/// <param name="Offset">The file offset.</param>
/// <param name="Boundary">Whether an instruction begins there.</param>
/// <param name="Before">File offset of the nearest beginning up to there.</param>
/// <param name="After">File offset of the nearest beginning from there on.</param>
internal readonly record struct InsnPlace(ElfSymbol? Function, ulong Offset, Boundary Boundary, ulong Before, ulong After)
{
    // Decoding a function from its start takes as long as it is; larger ones are tables or generated code.
    private const int MaxFunctionSize = 4 * 1024 * 1024;

    /// <summary>Function and distance: <c>f1+0x4</c>; null when no function holds the place.</summary>
    public string? Symbol => Function is null ? null : Name(Offset);

    /// <summary>Whether it is the start of an IFUNC's resolver.</summary>
    public bool StartsResolver => Function is { IsIndirect: true } && Offset == Function.Offset;

    /// <summary>What to say of a place in the middle of an instruction.</summary>
    public string Complaint => string.Create(
        CultureInfo.InvariantCulture,
        $"in the middle of an instruction of '{Function?.Name}'; the nearest ones begin at 0x{Before:x} ({Name(Before)}) and 0x{After:x} ({Name(After)}); --force places it all the same");

    /// <summary>Looks a file offset up.</summary>
    public static InsnPlace Find(ElfFile file, ulong offset)
    {
        if (!file.TryFindFunctionAt(offset, out ElfSymbol? function))
        {
            return new InsnPlace(null, offset, Boundary.Unknown, offset, offset);
        }

        if (function.Offset == offset)
        {
            return new InsnPlace(function, offset, Boundary.FunctionStart, offset, offset);
        }

        if (offset - function.Offset >= MaxFunctionSize)
        {
            return new InsnPlace(function, offset, Boundary.Unknown, offset, offset);
        }

        byte[] code = new byte[offset - function.Offset + InsnAnalyzer.MaxBytes];
        int length = file.ReadAt(function.Offset, code);
        bool isBoundary = FunctionBoundaries.IsBoundary(code.AsSpan(0, length), file.Mode, function.Offset, offset, out ulong before, out ulong after);
        return new InsnPlace(function, offset, isBoundary ? Boundary.Instruction : Boundary.Middle, before, after);
    }

    private string Name(ulong offset) => Function is null || offset == Function.Offset
        ? Function?.Name ?? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"{Function.Name}+0x{offset - Function.Offset:x}");
}
