using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session.Inspecting;
using ManagedUprobe.Tests.Elf;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Session.Inspecting;

public sealed class ProbeableListTests : IDisposable
{
    private const string Source = """
        .text
        .globl _start
        .type _start, @function
        _start: nop
        .size _start, . - _start
        .globl zeta
        .type zeta, @function
        zeta: ret
        .globl alpha
        .type alpha, @function
        alpha: lock incl (%rdi)
        ret
        .size alpha, . - alpha
        .data
        .globl table
        .type table, @function
        table: .quad 0
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void FunctionsStandInTheOrderOfTheirOffsets()
    {
        IReadOnlyList<Probeable> places = ProbeableList.OfFile(Build(), null);
        Assert.Equal(["_start", "zeta", "alpha"], places.Select(place => place.Name));
        Assert.Equal([1UL, 0UL, 4UL], places.Select(place => place.Size));
        Assert.Equal([0UL, 1UL, 2UL], places.Select(place => place.Offset - places[0].Offset));
    }

    [Fact]
    public void WhatCannotBeProbedIsMarked()
    {
        IReadOnlyList<Probeable> places = ProbeableList.OfFile(Build(), null);
        Assert.Equal([null, null, "a lock prefix"], places.Select(place => place.Refusal));
    }

    [Theory]
    [InlineData("zeta", "zeta")]
    [InlineData("*eta", "zeta")]
    [InlineData("?lph*", "alpha")]
    public void APatternChooses(string pattern, string name) =>
        Assert.Equal([name], ProbeableList.OfFile(Build(), pattern).Select(place => place.Name));

    [Fact]
    public void AMissingNameIsCorrected()
    {
        UprobeException error = Assert.Throws<UprobeException>(() => ProbeableList.OfFile(Build(), "zetta"));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Contains("did you mean 'zeta'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStrippedFileSaysSo()
    {
        UprobeException error = Assert.Throws<UprobeException>(() => ProbeableList.OfFile(Build("-s"), null));
        Assert.Contains("stripped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryVersionOfANameIsListed()
    {
        string[] names = [.. ProbeableList.OfFile(SystemFiles.Libc, "memcpy").Select(place => place.Name)];
        Assert.Contains("memcpy@@GLIBC_2.14", names);
        Assert.Contains("memcpy@GLIBC_2.2.5", names);
        Assert.Equal(["memcpy@GLIBC_2.2.5"], ProbeableList.OfFile(SystemFiles.Libc, "memcpy@GLIBC_2.2.5").Select(place => place.Name));
    }

    [Fact]
    public void AProcessOffersTheFilesThatItMaps()
    {
        IReadOnlyList<ProbeableFile> files = ProbeableList.OfProcess(Environment.ProcessId, "malloc");
        ProbeableFile libc = Assert.Single(files, file => file.Path.EndsWith("/libc.so.6", StringComparison.Ordinal));
        Assert.Contains(libc.Places, place => place.Name.StartsWith("malloc", StringComparison.Ordinal));
        Assert.Equal(files.Select(file => file.Path).Order(StringComparer.Ordinal), files.Select(file => file.Path));
    }

    [Fact]
    public void NoSuchProcessIsAnError() =>
        Assert.Equal(Errno.ESRCH, Assert.Throws<UprobeException>(() => ProbeableList.OfProcess(int.MaxValue, null)).Errno);

    public void Dispose() => _folder.Dispose();

    private string Build(params string[] flags) =>
        Tool.Compile(_folder, "list.s", Source, ["-nostdlib", "-static", .. flags]);
}
