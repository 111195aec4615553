using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class KernelInsnRulesTests
{
    public static IEnumerable<TheoryDataRow<string, string, string, string>> Vectors() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests", "ManagedUprobe.Tests", "Arch", "insn-vectors.tsv"))
            .Skip(1)
            .Where(line => line.Length != 0)
            .Select(line => line.Split('\t'))
            .Select(row => new TheoryDataRow<string, string, string, string>(row[0], row[1], row[2], row[3]));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void TheKernelsAnswerIsKnown(string id, string assembly, string bytes, string errno)
    {
        InsnRefusal kernel = InsnAnalyzer.Analyze(Convert.FromHexString(bytes)).Kernel;
        Assert.Equal($"{id} {assembly} {errno}", $"{id} {assembly} {Name(kernel)}");
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void WhatTheKernelRefusesIsRefusedWithItsErrnoUnlessItsTablesAreOld(
        string id, string assembly, string bytes, string errno)
    {
        ArchUprobe insn = InsnAnalyzer.Analyze(Convert.FromHexString(bytes));
        bool vector = bytes.StartsWith("c5", StringComparison.Ordinal) || bytes.StartsWith("62", StringComparison.Ordinal);
        Assert.Equal(errno != "OK" && vector, insn.KernelWouldRefuse);
        if (errno != "OK" && !vector)
        {
            Assert.Equal($"{id} {assembly} {errno}", $"{id} {assembly} {Name(insn.Refusal)}");
        }
    }

    private static string Name(InsnRefusal refusal) => refusal switch
    {
        { IsRefused: false } => "OK",
        { Errno: UprobeException.NotSupported } => "ENOTSUPP",
        { Errno: Errno.ENOEXEC } => "ENOEXEC",
        _ => refusal.Errno.ToString(),
    };
}
