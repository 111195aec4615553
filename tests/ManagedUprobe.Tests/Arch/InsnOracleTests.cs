using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Instructions run at their site and in slots on this CPU: all state must be the same.</summary>
public sealed class InsnOracleTests
{
    [Theory]
    [Scenario(4, 5, 12)]
    [InlineData(0x2000_0000ul, 1, 1)]
    [InlineData(0x6f12_3000_0000ul, 2, 1)]
    public void InstructionsOfRealLibrariesLeaveTheSameState(ulong baseVaddr, int seed, int rounds)
    {
        List<byte[]> insns = LibraryInsns.Distinct();
        Assert.True(insns.Count > 1000, $"only {insns.Count} forms found");
        Check(insns, baseVaddr, seed, rounds);
    }

    [Theory]
    [Scenario(3, 4, 5, 6, 8, 10, 12)]
    [InlineData(0x2000_0000ul, 3, 12)]
    [InlineData(0x6f12_3000_0000ul, 4, 12)]
    public void InstructionsThatNeedCareLeaveTheSameState(ulong baseVaddr, int seed, int rounds) =>
        Check([.. HardInsns.All.Select(Convert.FromHexString)], baseVaddr, seed, rounds);

    private static void Check(List<byte[]> insns, ulong baseVaddr, int seed, int rounds)
    {
        var layout = new OracleLayout(baseVaddr, seed);
        List<OracleCase> cases = MakeCases(insns, layout, seed, rounds);
        using var oracle = new InsnOracle();
        List<OracleResult[]> results = oracle.Run(layout, cases);
        var wrong = new List<string>();
        for (int i = 0; i < cases.Count; i++)
        {
            wrong.AddRange(new OracleJudge(layout, cases[i], results[i]).Differences());
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count}\n{string.Join('\n', wrong.Take(40))}");
    }

    private static List<OracleCase> MakeCases(List<byte[]> insns, OracleLayout layout, int seed, int rounds)
    {
        var factory = new OracleCaseFactory(layout, seed);
        var cases = new List<OracleCase>();
        for (int round = 0; round < rounds; round++)
        {
            foreach (byte[] bytes in insns)
            {
                OracleCase? one = factory.Create(bytes);
                if (one is not null)
                {
                    Build(one, layout);
                    cases.Add(one);
                }
            }
        }

        return cases;
    }

    private static void Build(OracleCase one, OracleLayout layout)
    {
        Assert.True(
            BoostedSlot.TryBuild(
                one.Insn, layout.SiteVaddr, layout.SlotVaddr, one.Boosted, out SlotLayout boosted, out string? reason),
            $"{one.Name}: {reason}");
        one.BoostedLayout = boosted;
        Assert.True(
            StepSlot.TryBuild(one.Insn, layout.SiteVaddr, layout.SlotVaddr, one.Stepped, out SlotLayout stepped, out reason),
            $"{one.Name}: {reason}");
        one.SteppedLayout = stepped;
    }
}
