using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class KernelInsnRulesTests
{
    public static IEnumerable<TheoryDataRow<string, string, string, string>> Vectors() =>
        VectorFile.Read("insn-vectors.tsv")
            .Select(row => new TheoryDataRow<string, string, string, string>(row["id"], row["asm"], row["bytes"], row["arm_errno"]));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void TheKernelsAnswerIsKnown(string id, string assembly, string bytes, string errno)
    {
        InsnRefusal kernel = InsnAnalyzer.Analyze(Convert.FromHexString(bytes)).Kernel;
        Assert.Equal($"{id} {assembly} {errno}", $"{id} {assembly} {Name(kernel)}");
    }

    [Theory]
    [Scenario(7, 10)]
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
