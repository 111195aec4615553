using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Session.Returning;
using ManagedUprobe.Tests.Elf;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.Tests.Session.Returning;

/// <summary>Return sites of real libraries.</summary>
public sealed class ReturnPlannerTests
{
    [Fact]
    public void MostFunctionsOfTheCLibraryReturnAtSites()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        var functions = file.ListFunctions().Where(symbol => symbol.Size > 0).DistinctBy(symbol => symbol.Offset).ToList();
        int atSites = functions.Count(symbol => ReturnPlanner.Find(file, symbol.Offset).UsesSites);
        TestContext.Current.TestOutputHelper?.WriteLine($"{atSites} of {functions.Count}");
        Assert.InRange((double)atSites / functions.Count, 0.6, 1);
    }

    /// <summary>Another decoder finds the same instructions, and none of them elsewhere in the function.</summary>
    [Fact]
    public void SitesAreTheReturnsThatADisassemblerShows()
    {
        string linker = $"{SystemFiles.Libraries}/ld-linux-x86-64.so.2";
        Assert.SkipUnless(File.Exists(linker), "no dynamic linker of glibc");
        List<ulong> returns = Returns(Tool.Lines("objdump", "-d", "--no-show-raw-insn", linker));
        using var file = ElfFile.Open(linker);
        int compared = 0;
        foreach (ElfSymbol function in file.ListFunctions().Where(symbol => symbol.Size > 0))
        {
            ReturnPlan plan = ReturnPlanner.Find(file, function.Offset);
            if (plan.UsesSites)
            {
                Assert.Equal(
                    returns.Where(vaddr => vaddr >= function.Vaddr && vaddr - function.Vaddr < function.Size),
                    plan.Offsets.Select(offset => file.TryOffsetToVaddr(offset, out ulong vaddr) ? vaddr : 0));
                compared++;
            }
        }

        Assert.InRange(compared, 5, int.MaxValue);
    }

    [Fact]
    public void AFunctionWithoutASymbolHasTheExtentThatTheTablesForUnwindingTell()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        var functions = file.ListFunctions().Where(symbol => symbol.Size > 0).DistinctBy(symbol => symbol.Vaddr).ToList();
        var known = functions.Where(symbol => file.TryFindUnwindEntry(symbol.Vaddr, out UnwindEntry entry) && entry.Vaddr == symbol.Vaddr).ToList();
        Assert.InRange((double)known.Count / functions.Count, 0.9, 1);
        int equal = known.Count(symbol => file.TryFindUnwindEntry(symbol.Vaddr, out UnwindEntry entry) && entry.Size == symbol.Size);
        Assert.InRange((double)equal / known.Count, 0.9, 1);
    }

    [Fact]
    public void APlaceInsideAFunctionHasNoSites()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        ulong malloc = file.FindFunctions("malloc").Single().Offset;
        Assert.True(ReturnPlanner.Find(file, malloc).UsesSites);
        Assert.Equal("no function is known to begin there", ReturnPlanner.Find(file, malloc + 1).Reason);
    }

    private static List<ulong> Returns(IEnumerable<string> disassembly) =>
    [
        .. from line in disassembly
           let fields = line.Split('\t')
           where fields.Length > 1 && (fields[1].Trim() is "ret" or "repz ret" or "retq" || fields[1].StartsWith("ret ", StringComparison.Ordinal))
           select ulong.Parse(fields[0].Trim().TrimEnd(':'), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
    ];
}
