using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>General registers of a stopped x86-64 thread: <c>struct user_regs_struct</c>, field for field.</summary>
/// <remarks>The layout is the kernel's (PTRACE_GETREGS); a test lets the C compiler prove every offset.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct UserRegs
{
#pragma warning disable CS1591 // The fields are the registers; there is nothing to add to their names.
    public ulong r15;
    public ulong r14;
    public ulong r13;
    public ulong r12;
    public ulong rbp;
    public ulong rbx;
    public ulong r11;
    public ulong r10;
    public ulong r9;
    public ulong r8;
    public ulong rax;
    public ulong rcx;
    public ulong rdx;
    public ulong rsi;
    public ulong rdi;
    public ulong orig_rax;
    public ulong rip;
    public ulong cs;
    public ulong eflags;
    public ulong rsp;
    public ulong ss;
    public ulong fs_base;
    public ulong gs_base;
    public ulong ds;
    public ulong es;
    public ulong fs;
    public ulong gs;
#pragma warning restore CS1591
}
