using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session.Returning;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class ElfFuzzTests : IDisposable
{
    private const string Source = """
        #include <string.h>
        int f(int a) { return a + 1; }
        __asm__(".pushsection __rseq_cs, \"aw\"\n.long 0, 0\n.quad f, 4, f\n.popsection");
        int main(int argc, char **argv) { return f(argc) + (int)strlen(argv[0]); }
        """;

    private static readonly ulong[] s_values =
    [
        0, 1, 7, 8, 0x40, 0x1000, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
        0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffff8, 0xffffffffffffffff,
    ];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 1000)]
    public void EndsInAResultOrARefusal(int seed, int count)
    {
        string program = Tool.Compile(_folder, "a.c", Source, "-g0");
        byte[] original = File.ReadAllBytes(program);
        (int Start, int Length)[] targets = Targets(original);
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] mutant = (byte[])original.Clone();
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                Mutate(mutant, targets[random.Next(targets.Length)], random);
            }

            refused += IsRefused(_folder.Write("mutant", mutant)) ? 1 : 0;
        }

        Assert.InRange(refused, count / 20, count - 1);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{count} files took {watch.Elapsed}");
    }

    [Fact]
    public void EndsInAResultOrARefusalAtEveryLength()
    {
        byte[] original = File.ReadAllBytes(Tool.Compile(_folder, "a.c", Source, "-g0"));
        for (int length = 0; length < original.Length; length += 61)
        {
            Assert.True(IsRefused(_folder.Write("mutant", original[..length])), $"{length} bytes");
        }
    }

    public void Dispose() => _folder.Dispose();

    // The headers, and the tables of everything that is read: not the code, which nothing looks at.
    private static (int Start, int Length)[] Targets(byte[] file)
    {
        int sections = checked((int)BitConverter.ToUInt64(file, 40));
        int count = BitConverter.ToUInt16(file, 60);
        uint[] readTypes = [2, 3, 4, 5, 6, 7, 11, 0x6ffffff6, 0x6ffffffd, 0x6ffffffe, 0x6fffffff];
        IEnumerable<(int Start, int Length)> tables = Enumerable.Range(0, count)
            .Select(index => sections + (index * 64))
            .Where(at => readTypes.Contains(BitConverter.ToUInt32(file, at + 4)))
            .Select(at => ((int)BitConverter.ToUInt64(file, at + 24), (int)BitConverter.ToUInt64(file, at + 32)))
            .Where(table => table.Item2 >= 8);
        IEnumerable<(int Start, int Length)> unwinding = Enumerable.Range(0, BitConverter.ToUInt16(file, 56))
            .Select(index => 64 + (index * 56))
            .Where(at => BitConverter.ToUInt32(file, at) == 0x6474e550)
            .Select(at => ((int)BitConverter.ToUInt64(file, at + 8), (int)BitConverter.ToUInt64(file, at + 32) + 512));
        return [(0, 64), (64, 56 * 13), (64, 56 * 13), (sections, count * 64), .. tables, .. unwinding];
    }

    private static void Mutate(byte[] file, (int Start, int Length) target, Random random)
    {
        int width = 1 << random.Next(0, 4);
        int at = target.Start + (random.Next(target.Length / width) * width);
        ulong value = random.Next(3) == 0 ? (ulong)random.NextInt64() : s_values[random.Next(s_values.Length)];
        BitConverter.GetBytes(value).AsSpan(0, width).CopyTo(file.AsSpan(at));
    }

    private static bool IsRefused(string path)
    {
        try
        {
            using var file = ElfFile.Open(path);
            Use(file);
            return false;
        }
        catch (UprobeException exception)
        {
            Assert.NotEmpty(exception.Message);
            return true;
        }
    }

    private static void Use(ElfFile file)
    {
        _ = (file.Interpreter, file.BuildId, file.SoName, file.Needed, file.RPath, file.RunPath, file.ExecutableSegments);
        foreach (ElfSymbol symbol in file.ListFunctions())
        {
            Assert.True(file.TryVaddrToOffset(symbol.Vaddr, out ulong offset));
            Assert.Equal(symbol.Offset, offset);
            file.TryFindFunctionAt(offset, out _);
            file.TryFindUnwindEntry(symbol.Vaddr, out _);
            _ = ReturnPlanner.Find(file, offset);
        }

        _ = (file.FindFunctions("f"), file.FindFunctions("*"), file.FindLabels("_start"), file.SdtMarkers, file.RestartableSequences);
        _ = (file.FindSlots("strlen"), file.FindResolvedSlots(0x1000));
        Assert.NotEmpty(SymbolSuggestions.Complain(file, "mian"));
    }
}
