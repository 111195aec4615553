using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session.Returning;

/// <summary>Finds the functions of the unwinding ABI in a file by their names.</summary>
internal sealed class UnwinderFinder : IUnwinderFinder
{
    private static readonly string[] s_names =
    [
        "_Unwind_RaiseException", "_Unwind_Resume", "_Unwind_Resume_or_Rethrow", "_Unwind_ForcedUnwind", "_Unwind_Backtrace",
    ];

    /// <inheritdoc/>
    public IReadOnlyList<UnwinderSite> Find(string path)
    {
        var found = new List<UnwinderSite>();
        try
        {
            using var file = ElfFile.Open(path);
            foreach (string name in s_names)
            {
                foreach (ElfSymbol symbol in file.FindFunctions(name))
                {
                    Add(file, symbol, found);
                }
            }
        }
        catch (UprobeException)
        {
            // Mapped, but no file that can be read: as far as we can tell it holds no unwinder.
        }

        return found;
    }

    /// <inheritdoc/>
    public IReadOnlyList<UnwinderSite> FindNotice(string path)
    {
        var found = new List<UnwinderSite>();
        try
        {
            using var file = ElfFile.Open(path);
            foreach (ElfSymbol symbol in file.FindFunctions("_dl_debug_state"))
            {
                AddSite(file, symbol.Offset, isEntry: true, found);
            }
        }
        catch (UprobeException)
        {
            // As for unwinders.
            found.Clear();
        }

        return found;
    }

    private static void Add(ElfFile file, ElfSymbol symbol, List<UnwinderSite> found)
    {
        if (FunctionCode.Find(file, symbol.Offset, out _) is not { } function)
        {
            return;
        }

        AddSite(file, symbol.Offset, isEntry: true, found);
        foreach (ulong vaddr in FunctionExits.Find(function.Main))
        {
            if (file.TryVaddrToOffset(vaddr, out ulong offset))
            {
                AddSite(file, offset, isEntry: false, found);
            }
        }
    }

    private static void AddSite(ElfFile file, ulong offset, bool isEntry, List<UnwinderSite> found)
    {
        Span<byte> bytes = stackalloc byte[InsnAnalyzer.MaxBytes];
        ArchUprobe insn = InsnAnalyzer.Analyze(bytes[..file.ReadAt(offset, bytes)], file.Mode);
        if (!insn.Refusal.IsRefused)
        {
            found.Add(new UnwinderSite(offset, insn, isEntry));
        }
    }
}
