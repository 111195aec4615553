using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class FunctionSymbolsTests : IDisposable
{
    private const string Versioned = """
        int old_f(void) { return 1; }
        int new_f(void) { return 2; }
        int gone_f(void) { return 3; }
        __asm__(".symver old_f, f@V1");
        __asm__(".symver new_f, f@@V2");
        __asm__(".symver gone_f, g@V1");
        int plain(void) { return 4; }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void FindsTheFunctionsThatReadelfFinds()
    {
        int functions = 0;
        foreach (string path in SystemFiles.Sample(40))
        {
            using var file = ElfFile.Open(path);
            var expected = new SortedSet<string>(ReadelfFunctions(path), StringComparer.Ordinal);
            var actual = new SortedSet<string>(file.ListFunctions().Select(Text), StringComparer.Ordinal);
            Assert.True(expected.SetEquals(actual), $"{path}: {string.Join('\n', expected.Except(actual).Take(5))} | {string.Join('\n', actual.Except(expected).Take(5))}");
            Assert.Equal(actual.Count, file.ListFunctions().Count);
            functions += actual.Count;
        }

        Assert.True(functions > 1_000, $"only {functions} functions compared");
    }

    [Fact]
    public void FindsTheSameWithoutSectionHeaders()
    {
        foreach (string path in SystemFiles.Sample(10))
        {
            using var whole = ElfFile.Open(path);
            if (ReadelfFunctions(path, "--syms").Count > ReadelfFunctions(path, "--dyn-syms").Count)
            {
                continue;
            }

            byte[] bytes = File.ReadAllBytes(path);
            bytes.AsSpan(40, 8).Clear(); // e_shoff
            using var stripped = ElfFile.Open(_folder.Write("stripped", bytes));
            Assert.Equal(whole.ListFunctions(), stripped.ListFunctions());
        }
    }

    [Theory]
    [InlineData("sysv")]
    [InlineData("gnu")]
    public void CountsSymbolsByEitherHashTable(string style)
    {
        string library = Tool.Compile(_folder, "a.c", Versioned, "-shared", "-fPIC", $"-Wl,--hash-style={style}", VersionScript(), "-s");
        byte[] bytes = File.ReadAllBytes(library);
        bytes.AsSpan(40, 8).Clear(); // e_shoff
        using var stripped = ElfFile.Open(_folder.Write("stripped", bytes));
        Assert.Equal(["f@V1", "f@@V2", "g@V1", "plain@@V2"], stripped.ListFunctions().Select(symbol => symbol.FullName).Where(name => name[0] != '_'));
    }

    [Theory]
    [Scenario(71)]
    [InlineData("f", "f@@V2")]
    [InlineData("f@V1", "f@V1")]
    [InlineData("f@V2", "f@@V2")]
    [InlineData("f@@V2", "f@@V2")]
    [InlineData("f@@V1", "")]
    [InlineData("f@V3", "")]
    [InlineData("g", "g@V1")]
    [InlineData("?", "f@@V2 g@V1")]
    [InlineData("?@V1", "f@V1 g@V1")]
    [InlineData("pl*n", "plain@@V2")]
    [InlineData("plain@V*", "plain@@V2")]
    [InlineData("", "")]
    [InlineData("nothing", "")]
    public void TakesTheDefaultVersionUnlessOneIsWritten(string name, string expected)
    {
        foreach (string strip in new[] { "-s", "-g" })
        {
            string library = Tool.Compile(_folder, "a.c", Versioned, "-shared", "-fPIC", VersionScript(), strip);
            using var file = ElfFile.Open(library);
            Assert.Equal(expected, string.Join(' ', file.FindFunctions(name).Select(symbol => symbol.FullName)));
        }
    }

    [Fact]
    [Scenario(71)]
    public void ReturnsAllStaticFunctionsOfOneName()
    {
        string one = _folder.Write("one.c", "static __attribute__((noinline, used)) int twin(void) { return 1; }\nint main(void) { return twin(); }\n");
        string program = Tool.Compile(_folder, "two.c", "static __attribute__((noinline, used)) int twin(void) { return 2; }\nint other(void) { return twin(); }\n", one);
        using var file = ElfFile.Open(program);
        IReadOnlyList<ElfSymbol> twins = file.FindFunctions("twin");
        Assert.Equal(2, twins.Count);
        Assert.All(twins, twin => Assert.Equal(SymbolBinding.Local, twin.Binding));
        Assert.NotEqual(twins[0].Offset, twins[1].Offset);
    }

    [Fact]
    [Scenario(69)]
    public void KnowsIndirectFunctions()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        Assert.True(Assert.Single(file.FindFunctions("memcpy")).IsIndirect);
        Assert.False(Assert.Single(file.FindFunctions("malloc")).IsIndirect);
        Assert.Equal("malloc@@GLIBC_2.2.5", file.FindFunctions("malloc")[0].FullName);
    }

    [Fact]
    public void FindsTheFunctionAroundEachOffset()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        IReadOnlyList<ElfSymbol> all = file.ListFunctions();
        foreach (ElfSymbol symbol in all.Where(symbol => symbol.Size > 1))
        {
            Assert.True(file.TryFindFunctionAt(symbol.Offset + symbol.Size - 1, out ElfSymbol? found));
            Assert.InRange(symbol.Offset + symbol.Size - 1, found.Offset, found.Offset + found.Size - 1);
            Assert.True(found.Offset >= symbol.Offset, $"{found.FullName} is not inside {symbol.FullName}");
        }

        ElfSymbol malloc = file.FindFunctions("malloc")[0];
        Assert.True(file.TryFindFunctionAt(malloc.Offset + 4, out ElfSymbol? around));
        Assert.Equal("malloc", around.Name);
        Assert.Equal(malloc.Size, around.Size);
        Assert.False(file.TryFindFunctionAt(0, out _));
    }

    [Fact]
    [Scenario(71)]
    public void ExtendsAFunctionWithoutSizeToTheNextOneAndToTheEndOfItsSection()
    {
        const string Source = """
            .text
            .globl first, second, last, label
            .type first, @function
            first: nop; nop; nop
            .type second, @function
            second: nop; nop
            .size second, 2
            nop
            label: nop
            .type last, @function
            last: nop; nop; nop; nop
            """;
        string library = Tool.Compile(_folder, "a.s", Source, "-shared", "-nostdlib");
        using var file = ElfFile.Open(library);
        ulong start = file.FindFunctions("first")[0].Offset;
        string[] names = [.. Enumerable.Range(0, 12).Select(at => file.TryFindFunctionAt(start + (ulong)at, out ElfSymbol? found) ? $"{found.Name}/{found.Size}" : "-")];
        Assert.Equal(["first/3", "first/3", "first/3", "second/2", "second/2", "-", "-", "last/4", "last/4", "last/4", "last/4", "-"], names);
        Assert.Empty(file.FindFunctions("label"));
        Assert.Equal(start + 6, Assert.Single(file.FindLabels("label")).Offset);
    }

    public void Dispose() => _folder.Dispose();

    private string VersionScript() =>
        "-Wl,--version-script=" + _folder.Write("versions", "V1 { global: f; g; };\nV2 { global: f; plain; local: *; } V1;\n");

    private static string Text(ElfSymbol symbol) =>
        $"{symbol.FullName} {symbol.Vaddr:x} {symbol.Size} {(symbol.IsIndirect ? "IFUNC" : "FUNC")} {symbol.Binding}";

    private static List<string> ReadelfFunctions(string path)
    {
        List<string> functions = ReadelfFunctions(path, "--dyn-syms");
        var withoutVersion = functions.Select(text => string.Join(' ', text.Split(' ')[0].Split('@')[0], text.Split(' ')[1])).ToHashSet();
        foreach (string text in ReadelfFunctions(path, "--syms"))
        {
            string[] fields = text.Split(' ');
            if (!withoutVersion.Contains($"{fields[0]} {fields[1]}"))
            {
                functions.Add(text);
            }
        }

        return functions;
    }

    // Num: Value Size Type Bind Vis Ndx Name
    private static List<string> ReadelfFunctions(string path, string table)
    {
        var functions = new List<string>();
        bool wanted = false;
        foreach (string line in Tool.Lines("readelf", "-W", table, path))
        {
            if (line.StartsWith("Symbol table", StringComparison.Ordinal))
            {
                wanted = line.Contains(table == "--syms" ? "'.symtab'" : "'.dynsym'", StringComparison.Ordinal);
            }

            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (wanted && fields is [_, string value, string size, "FUNC" or "IFUNC", string bind, _, not "UND", string name, ..])
            {
                ulong bytes = size.StartsWith("0x", StringComparison.Ordinal)
                    ? ulong.Parse(size.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    : ulong.Parse(size, CultureInfo.InvariantCulture);
                string binding = bind[..1] + bind[1..].ToLowerInvariant();
                functions.Add($"{name} {value.TrimStart('0')} {bytes} {fields[3]} {binding}");
            }
        }

        return functions;
    }
}
