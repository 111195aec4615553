using System;
using System.Buffers.Binary;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>What is written into registers and memory to start an interrupted call anew with the time that it has left.</summary>
internal static class CallRestart
{
    /// <summary>Bytes below the stack pointer that a restarted call may borrow, behind the red zone.</summary>
    public const int ScratchLength = 48;

    private const long NsPerSecond = 1_000_000_000;
    private const long NsPerMillisecond = 1_000_000;
    private const ulong RedZone = 128;
    private const ulong SyscallLength = 2;
    private const int TimespecLength = 16;
    private const int EnterArgumentLength = 24;
    private const int EnterArgumentTimespec = 16;
    private const ulong EnterExtArg = 1 << 3;
    private const ulong EnterAbsTimer = 1 << 5;
    private const ulong EnterExtArgReg = 1 << 6;

    /// <summary>The relative timeout that a call's arguments ask for.</summary>
    /// <returns>False when it is endless or absolute, cannot be read, or is a socket's.</returns>
    public static bool TryReadTimeout(
        in UserRegs regs, in InterruptedCall call, ITraceeMemory memory, out long timeoutNs)
    {
        timeoutNs = 0;
        switch (call.Kind)
        {
            case TimeoutKind.Milliseconds:
                int milliseconds = unchecked((int)Argument(regs, call.Argument));
                timeoutNs = milliseconds * NsPerMillisecond;
                return milliseconds >= 0;
            case TimeoutKind.Timespec:
                return TryReadTimespec(memory, Argument(regs, call.Argument), out timeoutNs);
            case TimeoutKind.EnterArgument:
                return TryReadEnterTimespec(regs, memory, out ulong vaddr)
                    && TryReadTimespec(memory, vaddr, out timeoutNs);
            default:
                return false;
        }
    }

    /// <summary>Address of the bytes that a call with a pointer to its timeout borrows.</summary>
    public static ulong ScratchVaddr(in UserRegs regs) =>
        unchecked((regs.rsp - RedZone - ScratchLength) & ~15UL);

    /// <summary>
    /// Registers of a call that is to wait <paramref name="remainingNs"/> more: what differs from <paramref name="regs"/> is the
    /// argument that holds, or points to, the timeout. Never shorter, at most a millisecond longer. The first
    /// <paramref name="length"/> bytes of <paramref name="scratch"/> (0 when the timeout is in a register) must be at
    /// <see cref="ScratchVaddr"/> before the call starts.
    /// </summary>
    /// <returns>The registers, for a call whose timeout <see cref="TryReadTimeout"/> could read.</returns>
    public static UserRegs Shorten(
        in UserRegs regs, in InterruptedCall call, long remainingNs, ITraceeMemory memory, Span<byte> scratch, out int length)
    {
        UserRegs changed = regs;
        long remaining = Math.Max(remainingNs, 0);
        length = 0;
        if (call.Kind == TimeoutKind.Milliseconds)
        {
            long milliseconds = (remaining + NsPerMillisecond - 1) / NsPerMillisecond;
            SetArgument(ref changed, call.Argument, (ulong)Math.Min(milliseconds, int.MaxValue));
            return changed;
        }

        ulong vaddr = ScratchVaddr(regs);
        SetArgument(ref changed, call.Argument, vaddr);
        WriteTimespec(scratch, remaining);
        length = TimespecLength;
        if (call.Kind == TimeoutKind.EnterArgument)
        {
            Span<byte> argument = scratch.Slice(TimespecLength, EnterArgumentLength);
            ulong original = Argument(regs, call.Argument);
            Invariant.Require(memory.TryRead(original, argument), "the argument block was readable before");
            BinaryPrimitives.WriteUInt64LittleEndian(argument[EnterArgumentTimespec..], vaddr);
            SetArgument(ref changed, call.Argument, unchecked(vaddr + TimespecLength));
            length += EnterArgumentLength;
        }

        return changed;
    }

    /// <summary>What is to be at <see cref="ScratchVaddr"/> for a call that is to wait <paramref name="remainingNs"/> more, and has its timeout there.</summary>
    public static ReadOnlySpan<byte> Remaining(long remainingNs, Span<byte> scratch)
    {
        WriteTimespec(scratch, Math.Max(remainingNs, 0));
        return scratch[..TimespecLength];
    }

    /// <summary>
    /// Registers at a stop that make the kernel start the call anew when the thread runs on, or return EINTR when a handler
    /// of another signal runs first.
    /// </summary>
    public static UserRegs Restart(in UserRegs regs)
    {
        UserRegs changed = regs;
        if (InterruptedCalls.IsSubmission(regs))
        {
            changed.rsi = 0; // What was submitted is submitted.
        }

        changed.rax = unchecked((ulong)InterruptedCalls.RestartNoHand);
        return changed;
    }

    /// <summary>What the kernel makes of the registers that <see cref="Restart"/> gave: the call is the next instruction.</summary>
    public static UserRegs AtInstruction(in UserRegs restarted)
    {
        UserRegs changed = restarted;
        changed.rip = unchecked(restarted.rip - SyscallLength);
        changed.rax = restarted.orig_rax;
        return changed;
    }

    /// <summary>
    /// Whether a thread that was resumed with <paramref name="restarted"/> is still on its way into the call: the kernel has
    /// not yet looked at the restart code, or has and the system call instruction is the next.
    /// </summary>
    public static bool IsOnItsWay(in UserRegs regs, in UserRegs restarted)
    {
        bool same = regs.rsp == restarted.rsp && SameArguments(regs, restarted);
        bool before = regs.rip == restarted.rip && regs.rax == restarted.rax;
        bool after = unchecked(regs.rip + SyscallLength) == restarted.rip && regs.rax == restarted.orig_rax;
        return same && (before || after);
    }

    /// <summary>Gives the registers of <paramref name="regs"/> the arguments of <paramref name="original"/>.</summary>
    public static UserRegs WithArguments(in UserRegs regs, in UserRegs original)
    {
        UserRegs changed = regs;
        changed.rsi = original.rsi;
        changed.rdx = original.rdx;
        changed.r10 = original.r10;
        changed.r8 = original.r8;
        return changed;
    }

    /// <summary>Whether two register sets ask for the same call's arguments.</summary>
    public static bool SameArguments(in UserRegs a, in UserRegs b) =>
        a.rdi == b.rdi && a.rsi == b.rsi && a.rdx == b.rdx && a.r10 == b.r10 && a.r8 == b.r8 && a.r9 == b.r9;

    /// <summary>Argument <paramref name="index"/> (0–5) of a system call.</summary>
    public static ulong Argument(in UserRegs regs, int index) => index switch
    {
        0 => regs.rdi,
        1 => regs.rsi,
        2 => regs.rdx,
        3 => regs.r10,
        4 => regs.r8,
        _ => regs.r9,
    };

    private static void SetArgument(ref UserRegs regs, int index, ulong value)
    {
        switch (index)
        {
            case 2:
                regs.rdx = value;
                break;
            case 3:
                regs.r10 = value;
                break;
            case 4:
                regs.r8 = value;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(index));
        }
    }

    private static bool TryReadEnterTimespec(in UserRegs regs, ITraceeMemory memory, out ulong vaddr)
    {
        const ulong Kinds = EnterExtArg | EnterAbsTimer | EnterExtArgReg;
        Span<byte> argument = stackalloc byte[EnterArgumentLength];
        vaddr = 0;
        if ((regs.r10 & Kinds) != EnterExtArg || regs.r9 != EnterArgumentLength || !memory.TryRead(regs.r8, argument))
        {
            return false;
        }

        vaddr = BinaryPrimitives.ReadUInt64LittleEndian(argument[EnterArgumentTimespec..]);
        return true;
    }

    private static bool TryReadTimespec(ITraceeMemory memory, ulong vaddr, out long timeoutNs)
    {
        Span<byte> bytes = stackalloc byte[TimespecLength];
        timeoutNs = 0;
        if (vaddr == 0 || !memory.TryRead(vaddr, bytes))
        {
            return false;
        }

        long seconds = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (seconds is < 0 or > int.MaxValue || nanoseconds is < 0 or >= NsPerSecond)
        {
            return false;
        }

        timeoutNs = (seconds * NsPerSecond) + nanoseconds;
        return true;
    }

    private static void WriteTimespec(Span<byte> bytes, long ns)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ns / NsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], ns % NsPerSecond);
    }
}
