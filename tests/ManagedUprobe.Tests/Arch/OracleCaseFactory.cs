using System;
using System.Buffers.Binary;
using System.Linq;
using System.Runtime.InteropServices;
using Iced.Intel;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Makes cases of instructions: operands moved into the arena, registers that mostly point there.</summary>
internal sealed class OracleCaseFactory(OracleLayout layout, int seed)
{
    private const ulong HarmlessSyscall = 110; // getppid
    private readonly Random _random = new(seed);
    private readonly InstructionInfoFactory _info = new();

    /// <summary>Null when the instruction is refused.</summary>
    public OracleCase? Create(ReadOnlySpan<byte> original)
    {
        byte[] bytes = original.ToArray();
        ArchUprobe insn = InsnAnalyzer.Analyze(bytes);
        if (insn.Refusal.IsRefused)
        {
            return null;
        }

        MoveOperands(insn, bytes);
        insn = InsnAnalyzer.Analyze(bytes);
        UserRegs regs = MakeRegs(insn);
        var result = new OracleCase(insn, regs, (uint)_random.Next(), insn.Disassemble(layout.SiteVaddr));
        if (insn.Kind is InsnKind.Jump or InsnKind.ConditionalJump or InsnKind.Loop)
        {
            result.StepNatively = BranchTarget.Relative(insn, layout.SiteVaddr) == layout.SiteVaddr;
        }

        return result;
    }

    private void MoveOperands(ArchUprobe insn, byte[] bytes)
    {
        if (insn.RipDisplacementOffset != 0)
        {
            ulong target = layout.ArenaVaddr + (ulong)_random.Next(OracleLayout.ArenaSize - 64);
            if (_random.Next(4) != 0)
            {
                target &= ~63ul;
            }

            long distance = unchecked((long)(target - (layout.SiteVaddr + (ulong)insn.Length)));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(insn.RipDisplacementOffset), (int)distance);
        }

        bool nearBranch = insn.Kind is InsnKind.Jump or InsnKind.ConditionalJump or InsnKind.CallRelative;
        if (nearBranch && insn.Instruction.Op0Kind == OpKind.NearBranch64 && insn.Length - insn.OpcodeOffset >= 5)
        {
            int distance = _random.Next(16, 0x700) * (_random.Next(2) == 0 ? 1 : -1);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(insn.Length - 4), distance);
        }
    }

    private UserRegs MakeRegs(ArchUprobe insn)
    {
        UserRegs regs = default;
        Span<ulong> words = MemoryMarshal.Cast<UserRegs, ulong>(new Span<UserRegs>(ref regs));
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = AnyValue();
        }

        foreach (UsedMemory memory in _info.GetInfo(insn.Instruction).GetUsedMemory())
        {
            Point(ref regs, memory.Base);
            SetIndex(ref regs, memory.Index);
        }

        regs.rsp = layout.ArenaVaddr + 0x4000 + (ulong)(_random.Next(64) * 8);
        if (_random.Next(4) == 0)
        {
            regs.rbp = regs.rsp - 32 + (ulong)(_random.Next(9) * 8);
        }

        if (insn.Instruction.HasRepPrefix || insn.Instruction.HasRepnePrefix || insn.Kind == InsnKind.Loop)
        {
            regs.rcx = (ulong)_random.Next(20) >> (_random.Next(3) * 2);
        }

        if (insn.Kind == InsnKind.Syscall)
        {
            regs.rax = HarmlessSyscall;
        }

        regs.cs = 0x33;
        regs.ss = 0x2b;
        regs.ds = regs.es = regs.fs = regs.gs = 0;
        regs.fs_base = Pointer();
        regs.gs_base = Pointer();
        regs.orig_rax = ulong.MaxValue;
        regs.eflags = 0x202ul | ((ulong)_random.Next() & 0xcd5);
        return regs;
    }

    private ulong AnyValue() => _random.Next(4) switch
    {
        0 => Pointer(),
        1 => (ulong)_random.Next(0x40),
        2 => layout.CodeVaddr + (ulong)_random.Next(0x1000),
        _ => unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue)),
    };

    private ulong Pointer() => layout.ArenaVaddr + 0x2000 + ((ulong)_random.Next(0x4000) & (_random.Next(3) == 0 ? ~0ul : ~63ul));

    private void Point(ref UserRegs regs, Register register)
    {
        if (register.IsGPR64() || register.IsGPR32())
        {
            Set(ref regs, register.GetNumber(), Pointer());
        }
    }

    private void SetIndex(ref UserRegs regs, Register register)
    {
        if (register.IsGPR64() || register.IsGPR32())
        {
            Set(ref regs, register.GetNumber(), (ulong)_random.Next(8));
        }
    }

    private static void Set(ref UserRegs regs, int number, ulong value)
    {
        string[] names = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di", .. Enumerable.Range(8, 8).Select(n => $"r{n}")];
        Assert.True(RegisterTable.TryFind(names[number], out int offset));
        MemoryMarshal.Cast<UserRegs, ulong>(new Span<UserRegs>(ref regs))[offset / sizeof(ulong)] = value;
    }
}
