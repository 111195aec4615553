using System;
using System.Diagnostics.CodeAnalysis;
using ManagedUprobe.Arch;
using ManagedUprobe.Elf;

namespace ManagedUprobe.Session.Returning;

/// <summary>The code of a function of a file, its extent by the tables for unwinding, else by its symbol.</summary>
internal sealed class FunctionCode : IFunctionCode
{
    private const ulong MaxSize = 1024 * 1024;

    private readonly ElfFile _file;
    private readonly string? _name;

    private FunctionCode(ElfFile file, CodePart main, string? name, bool hasLandingPads)
    {
        _file = file;
        _name = name;
        Main = main;
        HasLandingPads = hasLandingPads;
    }

    /// <inheritdoc/>
    public CodePart Main { get; }

    /// <inheritdoc/>
    public bool HasLandingPads { get; }

    /// <summary>The function that begins at a file offset; null, with the reason, when none is known to.</summary>
    public static FunctionCode? Find(ElfFile file, ulong offset, out string? reason)
    {
        reason = "no function is known to begin there";
        if (!file.TryOffsetToVaddr(offset, out ulong vaddr))
        {
            return null;
        }

        ElfSymbol? symbol = file.TryFindFunctionAt(offset, out ElfSymbol? found) && found.Offset == offset ? found : null;
        bool known = file.TryFindUnwindEntry(vaddr, out UnwindEntry entry) && entry.Vaddr == vaddr;
        ulong size = known ? entry.Size : symbol?.Size ?? 0;
        if (size == 0)
        {
            return null;
        }

        reason = size > MaxSize ? "it is too large to be decoded" : "its code is not all in the file";
        return TryReadPart(file, vaddr, size, out CodePart? main)
            ? new FunctionCode(file, main, symbol?.Name, known && entry.HasLandingPads)
            : null;
    }

    /// <inheritdoc/>
    public bool TryFindColdPart(ulong vaddr, [NotNullWhen(true)] out CodePart? part)
    {
        part = null;
        return _name != null
            && _file.TryVaddrToOffset(vaddr, out ulong offset)
            && _file.TryFindFunctionAt(offset, out ElfSymbol? symbol)
            && symbol.Name == _name + ".cold"
            && TryReadPart(_file, symbol.Vaddr, symbol.Size, out part);
    }

    /// <inheritdoc/>
    public bool TryRead(ulong vaddr, Span<byte> buffer) =>
        _file.TryVaddrToOffset(vaddr, out ulong offset) && _file.ReadAt(offset, buffer) == buffer.Length;

    private static bool TryReadPart(ElfFile file, ulong vaddr, ulong size, [NotNullWhen(true)] out CodePart? part)
    {
        part = null;
        if (size > MaxSize || !file.TryVaddrToOffset(vaddr, out ulong offset))
        {
            return false;
        }

        byte[] code = new byte[size];
        part = file.ReadAt(offset, code) == code.Length ? new CodePart(vaddr, code, file.Mode) : null;
        return part != null;
    }
}
