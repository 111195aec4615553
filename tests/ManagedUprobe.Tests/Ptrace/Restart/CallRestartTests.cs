using System;
using System.Buffers.Binary;
using ManagedUprobe.Native;
using ManagedUprobe.Ptrace.Restart;
using Xunit;

namespace ManagedUprobe.Tests.Ptrace.Restart;

public sealed class CallRestartTests
{
    private const ulong Eintr = unchecked((ulong)-4L);
    private const ulong RestartNoHand = unchecked((ulong)-514L);
    private const long Ms = 1_000_000;
    private const ulong Rsp = StackMemory.Base + 2048;
    private const ulong Timespec = StackMemory.Base + 3000;
    private const ulong EnterArgument = StackMemory.Base + 3200;

    private readonly StackMemory _memory = new();

    [Theory]
    [InlineData(232, -4, true)] // epoll_wait
    [InlineData(281, -4, true)]
    [InlineData(441, -4, true)]
    [InlineData(128, -4, true)] // rt_sigtimedwait
    [InlineData(220, -4, true)] // semtimedop
    [InlineData(208, -4, true)] // io_getevents
    [InlineData(333, -514, true)] // io_pgetevents: the kernel would start it anew with its full timeout
    [InlineData(333, -4, false)]
    [InlineData(426, -4, true)] // io_uring_enter
    [InlineData(45, -4, true)] // recvfrom
    [InlineData(45, -512, false)] // … without a timeout: the kernel restarts it exactly
    [InlineData(232, 0, false)]
    [InlineData(232, -9, false)]
    [InlineData(7, -4, false)] // poll: EINTR is for an untraced caller too
    [InlineData(34, -514, false)] // pause
    [InlineData(3, -4, false)] // close must never run twice
    [InlineData(-1, -4, false)] // user code whose rax happens to be -4
    public void KnowsTheCallsThatAStopEndsEarly(long number, long result, bool expected)
    {
        UserRegs regs = Stopped(number);
        regs.rax = unchecked((ulong)result);
        Assert.Equal(expected, InterruptedCalls.TryFind(regs, out _));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, true)]
    [InlineData(2, 3, 1, 1, false)] // not all submitted: then the kernel does not wait
    [InlineData(1, 1, 0, 1, false)] // nothing to wait for
    [InlineData(1, 1, 1, 0, false)] // IORING_ENTER_GETEVENTS is not set
    public void SeesAnInterruptedWaitBehindTheNumberOfSubmissions(
        ulong result, ulong toSubmit, ulong minComplete, ulong flags, bool expected)
    {
        UserRegs regs = Stopped(426);
        (regs.rax, regs.rsi, regs.rdx, regs.r10) = (result, toSubmit, minComplete, flags);
        Assert.Equal(expected, InterruptedCalls.TryFind(regs, out _));
        Assert.Equal(expected ? 0 : toSubmit, CallRestart.Restart(regs).rsi);
    }

    [Theory]
    [InlineData(100, 100 * Ms)]
    [InlineData(0, 0)]
    [InlineData(-1, -1)]
    [InlineData(unchecked((long)0xffff_ffff_ffff_fff6), -1)]
    [InlineData(0x1_0000_0005, 5 * Ms)] // only 32 bits count
    public void ReadsMilliseconds(long register, long expectedNs)
    {
        UserRegs regs = Stopped(232);
        regs.r10 = unchecked((ulong)register);
        bool finite = CallRestart.TryReadTimeout(regs, Call(232), _memory, out long timeoutNs);
        Assert.Equal(expectedNs >= 0, finite);
        Assert.Equal(expectedNs, finite ? timeoutNs : -1);
    }

    [Theory]
    [InlineData(441)]
    [InlineData(128)]
    [InlineData(220)]
    [InlineData(208)]
    [InlineData(333)]
    [InlineData(426)]
    public void PointsTheCallToACopyOfItsTimeout(int number)
    {
        UserRegs regs = Stopped(number);
        WriteTimespec(Timespec, 2, 500);
        Assert.True(CallRestart.TryReadTimeout(regs, Call(number), _memory, out long timeoutNs));
        Assert.Equal(2_000_000_500, timeoutNs);

        byte[] scratch = new byte[CallRestart.ScratchLength];
        UserRegs changed = CallRestart.Shorten(regs, Call(number), 1_000_000_007, _memory, scratch, out int length);
        Assert.True(_memory.TryWrite(CallRestart.ScratchVaddr(regs), scratch.AsSpan(0, length)));
        Assert.True(CallRestart.TryReadTimeout(changed, Call(number), _memory, out long shortened));
        Assert.Equal(1_000_000_007, shortened);
        Assert.False(CallRestart.SameArguments(regs, changed));
        Assert.Equal(regs, CallRestart.WithArguments(changed, regs));
        Assert.True(CallRestart.ScratchVaddr(regs) + (ulong)length <= Rsp - 128, "the red zone stays");
    }

    [Fact]
    public void KeepsTheSignalMaskOfIoUring()
    {
        UserRegs regs = Stopped(426);
        WriteTimespec(Timespec, 1, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(At(EnterArgument), 0x1234);
        BinaryPrimitives.WriteUInt32LittleEndian(At(EnterArgument + 8), 8);
        byte[] scratch = new byte[CallRestart.ScratchLength];
        UserRegs changed = CallRestart.Shorten(regs, Call(426), 5, _memory, scratch, out _);
        ReadOnlySpan<byte> argument = scratch.AsSpan((int)(changed.r8 - CallRestart.ScratchVaddr(regs)));
        Assert.Equal(0x1234UL, BinaryPrimitives.ReadUInt64LittleEndian(argument));
        Assert.Equal(8U, BinaryPrimitives.ReadUInt32LittleEndian(argument[8..]));
    }

    [Theory]
    [InlineData(1UL)] // no IORING_ENTER_EXT_ARG: r8 is a signal set
    [InlineData(1UL | 8 | 32)] // IORING_ENTER_ABS_TIMER
    [InlineData(1UL | 8 | 64)] // IORING_ENTER_EXT_ARG_REG: r8 is an offset
    public void TakesNoTimeoutFromIoUringWhereNoRelativeOneIs(ulong flags)
    {
        UserRegs regs = Stopped(426);
        regs.r10 = flags;
        WriteTimespec(Timespec, 1, 0);
        Assert.False(CallRestart.TryReadTimeout(regs, Call(426), _memory, out _));
    }

    [Theory]
    [InlineData(0UL, 0, 0)]
    [InlineData(0x1000UL, 0, 0)] // cannot be read
    [InlineData(Timespec, -1, 0)]
    [InlineData(Timespec, 0, 1_000_000_000)]
    [InlineData(Timespec, long.MaxValue, 0)] // as good as endless
    public void TakesNoTimeoutThatIsNone(ulong vaddr, long seconds, long nanoseconds)
    {
        UserRegs regs = Stopped(128);
        regs.rdx = vaddr;
        WriteTimespec(Timespec, seconds, nanoseconds);
        Assert.False(CallRestart.TryReadTimeout(regs, Call(128), _memory, out _));
    }

    [Theory]
    [InlineData(1, 1)] // never early
    [InlineData(Ms, 1)]
    [InlineData(Ms + 1, 2)]
    [InlineData(0, 0)]
    [InlineData(-5 * Ms, 0)] // the time is over
    [InlineData(long.MaxValue / 2, int.MaxValue)]
    public void RoundsMillisecondsUp(long remainingNs, ulong expected)
    {
        UserRegs regs = Stopped(232);
        UserRegs changed = CallRestart.Shorten(regs, Call(232), remainingNs, _memory, [], out int length);
        Assert.Equal(expected, changed.r10);
        Assert.Equal(0, length);
    }

    [Fact]
    public void RecognisesAThreadOnItsWayIntoTheCall()
    {
        UserRegs stopped = Stopped(232);
        UserRegs restarted = CallRestart.Restart(stopped);
        UserRegs atInstruction = CallRestart.AtInstruction(restarted);
        UserRegs elsewhere = atInstruction;
        elsewhere.rip += 2;
        Assert.Equal(RestartNoHand, restarted.rax);
        Assert.Equal((stopped.rip - 2, 232UL), (atInstruction.rip, atInstruction.rax));
        Assert.True(CallRestart.IsOnItsWay(restarted, restarted));
        Assert.True(CallRestart.IsOnItsWay(atInstruction, restarted));
        Assert.False(CallRestart.IsOnItsWay(stopped, restarted));
        Assert.False(CallRestart.IsOnItsWay(elsewhere, restarted));
    }

    private static InterruptedCall Call(int number)
    {
        Assert.True(InterruptedCalls.TryFind(number, out InterruptedCall call));
        return call;
    }

    private UserRegs Stopped(long number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(At(EnterArgument + 16), Timespec);
        return new UserRegs
        {
            rax = Eintr,
            orig_rax = unchecked((ulong)number),
            rip = 0x401002,
            rsp = Rsp,
            rdx = number == 128 ? Timespec : 1,
            r10 = number == 426 ? 9 : number == 232 ? 100 : Timespec,
            r8 = number == 426 ? EnterArgument : Timespec,
            r9 = 24,
        };
    }

    private Span<byte> At(ulong vaddr) => _memory.Bytes.AsSpan((int)(vaddr - StackMemory.Base));

    private void WriteTimespec(ulong vaddr, long seconds, long nanoseconds)
    {
        BinaryPrimitives.WriteInt64LittleEndian(At(vaddr), seconds);
        BinaryPrimitives.WriteInt64LittleEndian(At(vaddr + 8), nanoseconds);
    }
}
