using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using ManagedUprobe.Session.Gates;
using ManagedUprobe.Tests.Shared;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Session.Gates;

public sealed class TargetGatesTests
{
    private const string Capable = "CapEff:\t0000000000080000";

    [Theory]
    [Scenario(56)]
    [InlineData("Uid:\t7\t7\t7\t7", "", "Open")]
    [InlineData("Uid:\t7\t7\t8\t7", "", "Shut")]
    [InlineData("Uid:\t8\t8\t8\t8", "", "Shut")]
    [InlineData("Uid:\t8\t8\t8\t8", Capable, "Open")]
    public void AllThreeUserIdsMustBeOurs(string uids, string capabilities, string state)
    {
        var self = TracingRights.Parse(["Uid:\t7\t7\t7\t7", "Gid:\t9\t9\t9\t9", capabilities]);
        var target = TracingRights.Parse([uids, "Gid:\t9\t9\t9\t9"]);

        Assert.Equal(state, TargetGates.Identity(self, target).State.ToString());
    }

    [Theory]
    [Scenario(56)]
    [InlineData(0, true, "Open")]
    [InlineData((int)Errno.EACCES, true, "Shut")]
    [InlineData((int)Errno.EACCES, false, "Limited")]
    public void RestrictedYamaShutsWhenTheKernelRefusesWhatItLetsRead(int attach, bool readable, string state) =>
        Assert.Equal(
            state,
            TargetGates.Yama(TracingRights.Parse([]), YamaScope.Restricted, readable, (Errno)attach).State.ToString());

    [Theory]
    [Scenario(53)]
    [InlineData("Seccomp:\t0", "Open")]
    [InlineData("Seccomp:\t1", "Shut")]
    [InlineData("Seccomp:\t2", "Limited")]
    public void StrictSeccompCannotBeTraced(string status, string state) =>
        Assert.Equal(state, TargetGates.TargetSeccomp(TracingRights.Parse([status])).State.ToString());

    [Theory]
    [InlineData("Z (zombie)", true, "ended")]
    [InlineData("S (sleeping)", false, "kernel thread")]
    public void WhatHasNoProgramIsRefusedByName(string processState, bool program, string word)
    {
        Gate gate = TargetGates.Process(TracingRights.Parse(["Name:\tx", $"State:\t{processState}"]), program);

        Assert.Equal(GateState.Shut, gate.State);
        Assert.Contains(word, gate.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void AHiddenProcessIsToldFromNone()
    {
        Assert.Contains("hidepid", TargetGates.Missing(Errno.EPERM).Remedy, StringComparison.Ordinal);
        Assert.Contains("none", TargetGates.Missing(Errno.ESRCH).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void AProcessOfOursMayBeAttachedTo()
    {
        Assert.SkipWhen(SelfGates.ReadYamaScope() >= YamaScope.AdminOnly, "Yama lets nobody without CAP_SYS_PTRACE trace");
        using Process program = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        try
        {
            IReadOnlyList<Gate> gates = TracingGates.Inspect(program.Id);

            Assert.DoesNotContain(gates, gate => gate.State == GateState.Shut);
            Assert.Equal("attach", gates[^1].Name);
            Assert.Null(TracingGates.WhyRefused(program.Id));
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public void AKernelThreadIsRefused()
    {
        const int KThreadD = 2;
        Assert.SkipUnless(TracingRights.TryRead("2")?.Name == "kthreadd", "pid 2 is no kernel thread here (a pid namespace)");

        Gate gate = TracingGates.Inspect(KThreadD).Single(gate => gate.State == GateState.Shut);

        Assert.Contains("kernel thread", gate.Detail, StringComparison.Ordinal);
    }
}
