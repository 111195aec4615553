using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class ElfFileTests
{
    [Fact]
    public void OpensOrRefusesEveryFileOfTheSystem()
    {
        int opened = 0;
        foreach (string path in SystemFiles.All)
        {
            bool elf = SystemFiles.IsElf(path);
            try
            {
                using var file = ElfFile.Open(path);
                Assert.True(elf, path);
                opened++;
            }
            catch (UprobeException exception)
            {
                Assert.True(!elf || exception.Message.Contains("relocatable object", StringComparison.Ordinal), exception.Message);
            }
        }

        Assert.True(opened > 50, $"only {opened} files opened");
    }

    [Fact]
    public void GivesTheHeadersThatReadelfGives()
    {
        foreach (string path in SystemFiles.Sample(25))
        {
            using var file = ElfFile.Open(path);
            List<string> lines = Tool.Lines("readelf", "-hldnW", path);
            Assert.Equal(Field(lines, "Entry point address:"), $"0x{file.EntryPoint:x}");
            Assert.Equal(BracketField(lines, "Requesting program interpreter: "), file.Interpreter);
            Assert.Equal(Field(lines, "Build ID:"), file.BuildId);
            Assert.Equal(BracketField(lines, "Library soname: ["), file.SoName);
            Assert.Equal(BracketField(lines, "Library runpath: ["), file.RunPath);
            Assert.Equal(BracketField(lines, "Library rpath: ["), file.RPath);
            string[] needed = [.. lines.Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal)).Select(Bracketed)];
            Assert.Equal(needed, file.Needed);
            ProgramHeader[] loads = [.. file.ProgramHeaders.Where(header => header.Type == SegmentType.Load)];
            Assert.Equal(lines.Where(line => line.StartsWith("  LOAD ", StringComparison.Ordinal)).Select(Segment), loads.Select(Segment));
        }
    }

    [Fact]
    [Scenario(63)]
    public void TranslatesOffsetsThroughSegmentsWhoseAddressesDiffer()
    {
        byte[] bytes = MinimalElf.Build();
        MinimalElf.Put16(bytes, 56, 2);
        MinimalElf.PutSegment(bytes, 0, type: 1, offset: 0, vaddr: 0x400000, size: 0xc0);
        MinimalElf.PutSegment(bytes, 1, type: 1, offset: 0xc0, vaddr: 0x7010c0, size: 0x40);
        using var folder = new TemporaryFolder();
        using var file = ElfFile.Open(folder.Write("file", bytes));

        Assert.True(file.TryVaddrToOffset(0x7010d0, out ulong offset));
        Assert.Equal(0xd0u, offset);
        Assert.True(file.TryOffsetToVaddr(0xbf, out ulong vaddr));
        Assert.Equal(0x4000bfu, vaddr);
        Assert.True(file.TryOffsetToVaddr(0xff, out vaddr));
        Assert.Equal(0x7010ffu, vaddr);
        Assert.False(file.TryVaddrToOffset(0x4000c0, out _));
        Assert.False(file.TryVaddrToOffset(0x701100, out _));
        Assert.False(file.TryOffsetToVaddr(0x100, out _));
        Assert.Equal([new FileRange(0, 0xc0), new FileRange(0xc0, 0x40)], file.ExecutableSegments);
    }

    [Fact]
    public void ReadsBytesAsFarAsTheFileGoes()
    {
        byte[] bytes = MinimalElf.Build();
        using var folder = new TemporaryFolder();
        using var file = ElfFile.Open(folder.Write("file", bytes));
        byte[] buffer = new byte[16];
        Assert.Equal(16, file.ReadAt(0, buffer));
        Assert.Equal(bytes[..16], buffer);
        Assert.Equal(6, file.ReadAt(250, buffer));
        Assert.Equal(0, file.ReadAt(256, buffer));
        Assert.Equal(0, file.ReadAt(ulong.MaxValue, buffer));
    }

    private static (ulong, ulong, ulong, ulong, bool) Segment(ProgramHeader header) =>
        (header.Offset, header.Vaddr, header.FileSize, header.MemorySize, header.Flags.HasFlag(SegmentFlags.Execute));

    private static (ulong, ulong, ulong, ulong, bool) Segment(string line)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Hex(fields[1]), Hex(fields[2]), Hex(fields[4]), Hex(fields[5]), fields.Skip(6).SkipLast(1).Any(flags => flags.Contains('E')));
    }

    private static ulong Hex(string text) => ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string? Field(List<string> lines, string label)
    {
        string? line = lines.FirstOrDefault(candidate => candidate.Contains(label, StringComparison.Ordinal));
        return line?[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..].Trim();
    }

    private static string? BracketField(List<string> lines, string label) => Field(lines, label)?.TrimEnd(']');

    private static string Bracketed(string line) => line[(line.IndexOf('[') + 1)..line.LastIndexOf(']')];
}
