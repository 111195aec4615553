using System.Runtime.InteropServices;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class RegistersTests
{
    [Theory]
    [InlineData("r15", nameof(UserRegs.r15))]
    [InlineData("bp", nameof(UserRegs.rbp))]
    [InlineData("di", nameof(UserRegs.rdi))]
    [InlineData("orig_ax", nameof(UserRegs.orig_rax))]
    [InlineData("ip", nameof(UserRegs.rip))]
    [InlineData("cs", nameof(UserRegs.cs))]
    [InlineData("flags", nameof(UserRegs.eflags))]
    [InlineData("sp", nameof(UserRegs.rsp))]
    [InlineData("ss", nameof(UserRegs.ss))]
    public void KnowsTheKernelsNames(string name, string field)
    {
        Assert.True(RegisterTable.TryFind(name, out int offset));
        Assert.Equal((int)Marshal.OffsetOf<UserRegs>(field), offset);
    }

    [Theory]
    [InlineData("rax")]
    [InlineData("AX")]
    [InlineData("ds")]
    [InlineData("")]
    public void KnowsNoOthers(string name) => Assert.False(RegisterTable.TryFind(name, out _));

    [Fact]
    public void NumbersRegistersAsMachineCodeDoes()
    {
        UserRegs regs = new()
        {
            rax = 0,
            rcx = 1,
            rdx = 2,
            rbx = 3,
            rsp = 4,
            rbp = 5,
            rsi = 6,
            rdi = 7,
            r8 = 8,
            r9 = 9,
            r10 = 10,
            r11 = 11,
            r12 = 12,
            r13 = 13,
            r14 = 14,
            r15 = 15,
        };
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal((ulong)i, RegisterTable.Get(in regs, i));
        }
    }

    [Fact]
    public void LaysOutASystemCall()
    {
        UserRegs regs = new() { r9 = 99 };
        X64Syscall.Prepare(ref regs, 9, 1, 2, 3, 4, 5);
        Assert.Equal((9ul, 1ul, 2ul, 3ul, 4ul, 5ul, 0ul), (regs.rax, regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9));
        Assert.Equal(ulong.MaxValue, regs.orig_rax);
    }

    [Theory]
    [InlineData(0L, 0, 0ul)]
    [InlineData(-12L, (int)Errno.ENOMEM, 0ul)]
    [InlineData(-4095L, 4095, 0ul)]
    [InlineData(-4096L, 0, 0xffff_ffff_ffff_f000ul)]
    [InlineData(0x7f00_0000_0000L, 0, 0x7f00_0000_0000ul)]
    public void ReadsTheResultOfASystemCall(long rax, int errno, ulong result)
    {
        UserRegs regs = new() { rax = unchecked((ulong)rax) };
        Assert.Equal((Errno)errno, X64Syscall.Result(in regs, out ulong value));
        Assert.Equal(result, value);
    }
}
