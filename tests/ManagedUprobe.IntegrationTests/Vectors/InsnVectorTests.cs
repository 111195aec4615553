using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Vectors;

/// <summary>What arming a probe on an instruction gave: the kernel's answer is known, and is ours unless only its old tables refuse.</summary>
[Trait("suite", "vectors")]
public sealed class InsnVectorTests
{
    private const string Name = "insn-vectors.tsv";

    /// <summary>Each instruction was recorded at the start of so many bytes, the rest one-byte nops.</summary>
    private const int PlaceSize = 32;

    public static TheoryData<int, string> Rows => VectorFile.Rows(Name);

    [Theory(SkipTestWithoutData = true)]
    [Scenario(7, 10)]
    [MemberData(nameof(Rows))]
    public void ArmingGivesWhatTheKernelGives(int number, string id)
    {
        Dictionary<string, string> row = VectorFile.Read(Name)[number];
        byte[] bytes = Convert.FromHexString(row["bytes"]);
        byte[] place = [.. bytes, .. Enumerable.Repeat((byte)0x90, Math.Max(PlaceSize - bytes.Length, 0))];

        ArchUprobe insn = InsnAnalyzer.Analyze(place);

        Assert.Equal((id, row["asm"], row["arm_errno"]), (id, row["asm"], ErrnoName(insn.Kernel)));
        if (insn.Kernel.IsRefused && !insn.KernelWouldRefuse)
        {
            Assert.Equal((id, row["arm_errno"]), (id, ErrnoName(insn.Refusal)));
        }
    }

    private static string ErrnoName(InsnRefusal refusal) => refusal switch
    {
        { IsRefused: false } => "OK",
        { Errno: UprobeException.NotSupported } => "ENOTSUPP",
        _ => refusal.Errno.ToString(),
    };
}
