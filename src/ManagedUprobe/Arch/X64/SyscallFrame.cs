using System;
using System.Buffers.Binary;
using System.IO;
using Iced.Intel;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// Code in which a target's thread runs a system call of ours: behind the call it takes its own registers up again and goes on by itself. As long as the
/// tracer lives it does not come that far; when the tracer is killed in the middle, it does.
/// </summary>
/// <remarks>The call clobbers rax, rcx and r11, its arguments six more; flags and the stack pointer stay as they are.</remarks>
internal static class SyscallFrame
{
    /// <summary>Bytes of code and registers.</summary>
    public const int Size = 152;

    private const int DataOffset = 72;
    private const int Words = 10;

    private const long ErestartSys = -512;
    private const long ErestartNoIntr = -513;
    private const long ErestartNoHand = -514;
    private const long ErestartRestartBlock = -516;
    private const ulong SYS_restart_syscall = 219;
    private const ulong SYS_restart_syscall32 = 0;

    // Of the last instruction: jmp qword ptr [rip + …] or jmp far fword ptr [rip + …].
    private const int JumpModRm = DataOffset - 6;
    private const byte FarJump = 0x2d;
    private const int SelectorShift = 32;

    private static readonly byte[] s_code = Assemble();

    /// <summary>Writes the frame for a thread with these registers.</summary>
    /// <param name="regs">Its registers.</param>
    /// <param name="rip">Where it goes on.</param>
    /// <param name="frame">Receives <see cref="Size"/> bytes.</param>
    public static void Format(in UserRegs regs, ulong rip, Span<byte> frame)
    {
        s_code.CopyTo(frame);
        ulong rax = regs.rax;
        if (unchecked((long)regs.orig_rax) >= 0 && RestartedCall(in regs) is { } number)
        {
            // The kernel restarts a call on the way out of the stop that interrupted it, and this thread goes another way.
            rax = number;
            rip = unchecked(rip - (ulong)X64Syscall.InsnLength);
        }

        if (ExecutionModes.OfCodeSegment(regs.cs) == ExecutionMode.Bits32)
        {
            frame[JumpModRm] = FarJump;
            rip = ExecutionMode.Bits32.Wrap(rip) | (regs.cs << SelectorShift);
        }

        ReadOnlySpan<ulong> words = [rax, regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9, regs.rcx, regs.r11, rip];
        for (int i = 0; i < Words; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(DataOffset + (i * sizeof(ulong)))..], words[i]);
        }
    }

    /// <summary>Whether bytes are such a frame, whatever its registers.</summary>
    public static bool IsFrame(ReadOnlySpan<byte> bytes) => bytes.Length >= DataOffset
        && bytes[..JumpModRm].SequenceEqual(s_code.AsSpan(0, JumpModRm))
        && (bytes[JumpModRm] == FarJump || bytes[JumpModRm] == s_code[JumpModRm]);

    private static ulong? RestartedCall(in UserRegs regs) => unchecked((long)regs.rax) switch
    {
        ErestartSys or ErestartNoIntr or ErestartNoHand => regs.orig_rax,
        ErestartRestartBlock => ExecutionModes.OfCodeSegment(regs.cs) == ExecutionMode.Bits32 ? SYS_restart_syscall32 : SYS_restart_syscall,
        _ => null,
    };

    private static byte[] Assemble()
    {
        var a = new Assembler(64);
        var data = new Label[Words];
        for (int i = 0; i < Words; i++)
        {
            data[i] = a.CreateLabel();
        }

        a.syscall();
        ReadOnlySpan<AssemblerRegister64> restored = [rax, rdi, rsi, rdx, r10, r8, r9, rcx, r11];
        for (int i = 0; i < restored.Length; i++)
        {
            a.mov(restored[i], __qword_ptr[data[i]]);
        }

        a.jmp(__qword_ptr[data[restored.Length]]);
        a.nop();
        for (int i = 0; i < Words; i++)
        {
            a.Label(ref data[i]);
            a.dq(0UL);
        }

        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        byte[] bytes = code.ToArray();
        Primitives.Invariant.Require(bytes.Length == Size, "frame of an unexpected size");
        return bytes;
    }
}
