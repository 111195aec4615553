using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class RelocationTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void FindsTheSlotsThatReadelfShows()
    {
        int compared = 0;
        foreach (string path in SystemFiles.Sample(12))
        {
            using var file = ElfFile.Open(path);
            ILookup<string, (ulong Slot, string Type, string Name, ulong Value)> rows = Rows(path).Where(row => row.Name.Length != 0).ToLookup(row => row.Name.Split('@')[0]);
            foreach (IGrouping<string, (ulong Slot, string Type, string Name, ulong Value)> group in rows)
            {
                var slots = file.FindSlots(group.Key).Select(slot => (slot.Vaddr, slot.Version)).ToHashSet();
                Assert.True(slots.SetEquals(group.Select(row => (row.Slot, Version(row.Name)))), $"{path}: {group.Key}");
                compared++;
            }
        }

        Assert.True(compared > 200, $"only {compared} symbols compared");
    }

    [Fact]
    public void FindsTheSlotsOfIndirectFunctions()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        (ulong Slot, string Type, string Name, ulong Value)[] rows = [.. Rows(SystemFiles.Libc).Where(row => row.Type == "R_X86_64_IRELATIV")];
        Assert.NotEmpty(rows);
        foreach (IGrouping<ulong, (ulong Slot, string Type, string Name, ulong Value)> group in rows.GroupBy(row => row.Value))
        {
            Assert.Equal(group.Select(row => row.Slot).Order(), file.FindResolvedSlots(group.Key).Select(slot => slot.Vaddr).Order());
        }

        Assert.NotEmpty(file.FindResolvedSlots(file.FindFunctions("strchr")[0].Vaddr));
        Assert.Empty(file.FindResolvedSlots(1));
    }

    [Theory]
    [InlineData("-static")]
    [InlineData("-static-pie")]
    public void FindsTheSlotsOfAStaticProgram(string mode)
    {
        const string Text = """
            static int run(void) { return 0; }
            static void *choose(void) { return (void *)run; }
            int chosen(void) __attribute__((ifunc("choose")));
            int main(void) { return chosen(); }
            """;
        using var file = ElfFile.Open(Tool.Compile(_folder, "a.c", Text, mode));
        ElfSymbol chosen = Assert.Single(file.FindFunctions("chosen"));
        Assert.True(chosen.IsIndirect);
        Assert.NotEmpty(file.FindResolvedSlots(chosen.Vaddr));
    }

    [Fact]
    public void FindsImportsOfAProgramThatExportsNothingWithoutSectionHeaders()
    {
        string program = Tool.Compile(_folder, "a.c", "#include <stdio.h>\nint main(void) { return getchar(); }\n", "-s", "-Wl,--hash-style=gnu");
        byte[] bytes = File.ReadAllBytes(program);
        bytes.AsSpan(40, 8).Clear(); // e_shoff
        using var whole = ElfFile.Open(program);
        using var stripped = ElfFile.Open(_folder.Write("stripped", bytes));
        Assert.NotEmpty(whole.FindSlots("getchar"));
        Assert.Equal(whole.FindSlots("getchar"), stripped.FindSlots("getchar"));
    }

    public void Dispose() => _folder.Dispose();

    private static string? Version(string name) => name.Contains('@') ? name[(name.LastIndexOf('@') + 1)..] : null;

    // Offset Info Type Symbol's-Value Symbol's-Name + Addend; an IRELATIVE one has the addend alone.
    private static IEnumerable<(ulong Slot, string Type, string Name, ulong Value)> Rows(string path)
    {
        foreach (string line in Tool.Lines("readelf", "-rW", path))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is [string slot, _, "R_X86_64_JUMP_SLOT" or "R_X86_64_GLOB_DAT", _, string name, ..])
            {
                yield return (Hex(slot), fields[2], name, 0);
            }
            else if (fields is [string own, _, "R_X86_64_IRELATIV" or "R_X86_64_IRELATIVE", string addend])
            {
                yield return (Hex(own), "R_X86_64_IRELATIV", string.Empty, Hex(addend));
            }
        }
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
