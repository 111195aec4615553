using System;
using ManagedUprobe.Session.Gates;
using ManagedUprobe.Tests.Shared;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Session.Gates;

public sealed class SelfGatesTests
{
    // Rows speak of states by name: an internal enumeration is no parameter of a public test.
    [Theory]
    [Scenario(56)]
    [InlineData(0, false, "Open")]
    [InlineData(1, false, "Limited")]
    [InlineData(1, true, "Open")]
    [InlineData(2, false, "Shut")]
    [InlineData(2, true, "Open")]
    [InlineData(3, true, "Shut")]
    public void YamaLetsPassByScopeAndCapability(int scope, bool capable, string state)
    {
        Gate gate = SelfGates.Yama((YamaScope)scope, capable);

        Assert.Equal(state, gate.State.ToString());
        Assert.Equal(gate.State == GateState.Open, gate.Remedy.Length == 0);
    }

    [Fact]
    public void PtraceIsOpenWhenTheKernelOnlyMissesTheThread() =>
        Assert.Equal(GateState.Open, SelfGates.Ptrace(TracingRights.Parse([]), Errno.ESRCH).State);

    [Theory]
    [Scenario(56)]
    [InlineData("Seccomp:\t2", "seccomp")]
    [InlineData("Seccomp:\t0", "security module")]
    public void RefusedPtraceNamesWhoRefuses(string status, string who)
    {
        Gate gate = SelfGates.Ptrace(TracingRights.Parse([status]), Errno.EPERM);

        Assert.Equal(GateState.Shut, gate.State);
        Assert.Contains(who, gate.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void CallsThatHaveASubstituteLimitOnly()
    {
        Assert.Equal(GateState.Limited, SelfGates.Kcmp(Errno.EPERM).State);
        Assert.Equal(GateState.Limited, SelfGates.ProcessVmRead(Errno.ENOSYS).State);
        Assert.Equal(GateState.Open, SelfGates.Kcmp(0).State);
        Assert.Equal(GateState.Open, SelfGates.ProcessVmRead(0).State);
    }

    [Theory]
    [InlineData("3.4", "Shut")]
    [InlineData("3.5", "Open")]
    [InlineData("6.18.44.657", "Open")]
    public void OldKernelsAreRefused(string version, string state) =>
        Assert.Equal(state, SelfGates.KernelVersion(Version.Parse(version)).State.ToString());
}
