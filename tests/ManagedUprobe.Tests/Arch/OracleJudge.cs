using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Compares the runs of one case after the mappings that a tracer would apply.</summary>
internal sealed class OracleJudge(OracleLayout layout, OracleCase one, OracleResult[] results)
{
    private const int SigSegv = 11;
    private const int OrigRax = 15;
    private const int Eflags = 18;
    private const ulong ResumeFlag = 0x10000;

    // NT and ID, once set by a popf, stay: ptrace does not change them.
    private const ulong StickyFlags = 0x204000;
    private readonly OracleResult _native = results[0];
    private readonly List<string> _wrong = [];
    private bool _ignoreBelowStack;

    public List<string> Differences()
    {
        UserRegs before = one.Before;
        before.rip = layout.SiteVaddr;
        bool emulate = InsnEmulator.MustEmulate(one.Insn, layout.SiteVaddr, in before);
        if (!emulate)
        {
            JudgeBoosted(results[1]);
            JudgeInside(results[3], before);
        }

        JudgeStepped(results[2], before);
        JudgeEmulated(before, emulate);
        return _wrong;
    }

    private void JudgeBoosted(OracleResult run)
    {
        Map(run, run.Faulted, ref run.Regs);
        Compare("boosted", run);
    }

    // One step of the boosted slot: what a signal would find there.
    private void JudgeInside(OracleResult run, UserRegs before)
    {
        if (run.Faulted || one.Insn.Kind == InsnKind.Syscall)
        {
            return;
        }

        SlotPosition position = Map(run, faulted: false, ref run.Regs);
        if (position == SlotPosition.NotStarted && one.Insn.Kind == InsnKind.CallIndirect)
        {
            _ignoreBelowStack = true;
            before.eflags |= run.Regs.eflags & StickyFlags;
            CompareRegs("undone", run.Regs, before);
            CompareMemory("undone", run.Memory.Bytes, layout.Arena);
            _ignoreBelowStack = false;
        }
        else if (one.Insn.Bytes[one.Insn.OpcodeOffset] != 0x9c)
        {
            Compare("inside", run);
        }
    }

    private void JudgeStepped(OracleResult run, UserRegs before)
    {
        if (run.Faulted)
        {
            Map(run, faulted: true, ref run.Regs);
        }
        else
        {
            StepSlot.AfterStep(
                one.Insn, one.SteppedLayout, layout.SiteVaddr, layout.SlotVaddr, in before, ref run.Regs, run.Memory);
        }

        Compare("stepped", run);
    }

    private void JudgeEmulated(UserRegs regs, bool must)
    {
        var memory = new FakeArena(layout.ArenaVaddr, [.. layout.Arena]);
        bool done = InsnEmulator.TryEmulate(one.Insn, layout.SiteVaddr, ref regs, memory);
        if (!done)
        {
            if (must && !_native.Faulted)
            {
                Wrong("emulated", "must be, but cannot be");
            }

            return;
        }

        regs.eflags |= _native.Regs.eflags & StickyFlags;
        CompareRegs("emulated", regs, _native.Regs);
        CompareMemory("emulated", memory.Bytes, _native.Memory.Bytes);
    }

    private SlotPosition Map(OracleResult run, bool faulted, ref UserRegs regs) => SlotIp.Map(
        one.Insn, one.BoostedLayout, layout.SiteVaddr, layout.SlotVaddr, faulted, ref regs, run.Memory);

    private void Compare(string what, OracleResult run)
    {
        // A step ends in front of a target that cannot be executed.
        bool arrived = !run.Faulted && _native.Faulted && _native.Regs.rip != layout.SiteVaddr;
        if (!arrived && (run.Signal != _native.Signal || (run.Faulted && run.Code != _native.Code)))
        {
            Wrong(what, $"signal {run.Signal} code {run.Code}, natively {_native.Signal} code {_native.Code}");
        }

        ulong address = run.Address == layout.SlotVaddr ? layout.SiteVaddr : run.Address;
        if (run.Faulted && address != _native.Address)
        {
            Wrong(what, $"si_addr {address:x}, natively {_native.Address:x}");
        }

        if (run.VectorDifference != 0)
        {
            Wrong(what, $"vector state differs at {run.VectorDifference - 1}");
        }

        _ignoreBelowStack = run.Signal == SigSegv && one.Insn.Kind == InsnKind.CallIndirect;
        CompareRegs(what, run.Regs, _native.Regs);
        CompareMemory(what, run.Memory.Bytes, _native.Memory.Bytes);
        _ignoreBelowStack = false;
    }

    private void CompareRegs(string what, UserRegs actual, UserRegs expected)
    {
        ReadOnlySpan<ulong> a = MemoryMarshal.Cast<UserRegs, ulong>(new ReadOnlySpan<UserRegs>(ref actual));
        ReadOnlySpan<ulong> e = MemoryMarshal.Cast<UserRegs, ulong>(new ReadOnlySpan<UserRegs>(ref expected));
        for (int i = 0; i < a.Length; i++)
        {
            // A stop inside the system call shows its number; a fault sets the resume flag.
            bool number = i == OrigRax && one.Insn.Kind == InsnKind.Syscall;
            ulong resume = i == Eflags && actual.rip != layout.SiteVaddr ? ResumeFlag : 0;
            if (((a[i] ^ e[i]) & ~resume) != 0 && !number)
            {
                Wrong(what, $"register {i}: {a[i]:x}, natively {e[i]:x}");
            }
        }
    }

    private void CompareMemory(string what, ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        int at = actual.CommonPrefixLength(expected);
        int stack = (int)(one.Before.rsp - layout.ArenaVaddr);
        if (_ignoreBelowStack && at >= stack - sizeof(ulong) && at < stack)
        {
            at = stack + actual[stack..].CommonPrefixLength(expected[stack..]);
        }

        if (at < actual.Length)
        {
            Wrong(what, $"memory at {at:x}: {actual[at]:x2}, natively {expected[at]:x2} (rsp {stack:x})");
        }
    }

    private void Wrong(string what, string difference) =>
        _wrong.Add($"{Convert.ToHexStringLower(one.Insn.Bytes)} {one.Name}: {what}: {difference}");
}
