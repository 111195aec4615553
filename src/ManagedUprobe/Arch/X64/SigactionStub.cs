using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static ManagedUprobe.Arch.X64.TrapHandlerLayout;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// rt_sigaction for SIGTRAP in a target whose tracer is dead: the part of <see cref="TrapHandlerCode"/> that does it as the tracer has. The kernel keeps our handler until
/// somebody has seen that no trap of ours is under way any more: it would come to the handler that the program sets now.
/// </summary>
/// <remarks>
/// The kernel moves all data, through /proc/thread-self/mem: the area is read-only, and what the program points to may not be mapped. A child that shares memory until it executes has an
/// action of its own, and calls the kernel.
/// </remarks>
internal static class SigactionStub
{
    private const int SYS_close = 3;
    private const int SYS_rt_sigaction = 13;
    private const int SYS_pread64 = 17;
    private const int SYS_pwrite64 = 18;
    private const int SYS_getpid = 39;
    private const int SYS_openat = 257;
    private const int AT_FDCWD = -100;
    private const int O_RDWR_CLOEXEC = 0x80002;
    private const int SIGTRAP = 5;
    private const int EFAULT = 14;
    private const int EINVAL = 22;
    private const int SecondByteOfSyscall = 0x05;
    private const int ActionSize = 32;

    // struct ucontext of x86-64.
    private const int UcR10 = 56;
    private const int UcR11 = 64;
    private const int UcRdi = 104;
    private const int UcRsi = 112;
    private const int UcRdx = 136;
    private const int UcRax = 144;
    private const int UcRcx = 152;
    private const int UcRip = 168;
    private const int UcFlags = 176;

    /// <summary>Emits the code. In: rax the site's entry, r9 its address, rbx rip, r13 ucontext, r15 the code's start; the first two are kept where it is no such call.</summary>
    /// <param name="a">Receives the code.</param>
    /// <param name="start">Where it is entered.</param>
    /// <param name="ordinary">Where to go when it is no such call.</param>
    /// <param name="path">Where the path of the thread's memory is.</param>
    public static void Emit(Assembler a, Label start, Label ordinary, Label path)
    {
        Label done = a.CreateLabel();
        Label wrong = a.CreateLabel();
        Label fault = a.CreateLabel();
        Label close = a.CreateLabel();
        Label mask = a.CreateLabel();
        a.Label(ref start);
        a.cmp(__byte_ptr[rbx], SecondByteOfSyscall);
        a.jne(ordinary);
        a.cmp(__dword_ptr[r13 + UcRax], SYS_rt_sigaction);
        a.jne(mask);
        a.cmp(__dword_ptr[r13 + UcRdi], SIGTRAP);
        a.jne(ordinary);
        Open(a, ordinary, path);
        a.cmp(__qword_ptr[r13 + UcR10], sizeof(ulong));
        a.jne(wrong);
        Exchange(a, fault);
        a.jmp(close);

        a.Label(ref wrong);
        a.mov(r12, -EINVAL);
        a.jmp(close);
        a.Label(ref fault);
        a.mov(r12, -EFAULT);
        a.Label(ref close);
        a.mov(edi, ebp);
        Syscall(a, SYS_close);

        // What the instruction itself does.
        a.Label(ref done);
        a.inc(rbx);
        a.mov(__qword_ptr[r13 + UcRip], rbx);
        a.mov(__qword_ptr[r13 + UcRcx], rbx);
        a.mov(rax, __qword_ptr[r13 + UcFlags]);
        a.mov(__qword_ptr[r13 + UcR11], rax);
        a.mov(__qword_ptr[r13 + UcRax], r12);
        a.ret();
        SigmaskStub.Emit(a, mask, ordinary, done);
    }

    // ebp: the thread's memory.
    private static void Open(Assembler a, Label ordinary, Label path)
    {
        Label mine = a.CreateLabel();
        Label opened = a.CreateLabel();
        a.mov(r12, rax);
        a.mov(r14, r9);
        Syscall(a, SYS_getpid);
        a.cmp(eax, __dword_ptr[r15 + (Owner - CodeStart)]);
        a.je(mine);
        a.mov(rax, r12);
        a.mov(r9, r14);
        a.jmp(ordinary);

        a.Label(ref mine);
        a.mov(edi, AT_FDCWD);
        a.lea(rsi, __[path]);
        a.mov(edx, O_RDWR_CLOEXEC);
        a.xor(r10d, r10d);
        Syscall(a, SYS_openat);
        a.mov(ebp, eax);
        a.test(eax, eax);
        a.jns(opened);
        a.mov(rax, r12);
        a.mov(r9, r14);
        a.jmp(ordinary);
        a.Label(ref opened);
    }

    // r12: what the call returns. The new action is read before the old one is written, and stays where that fails.
    private static void Exchange(Assembler a, Label fault)
    {
        Label old = a.CreateLabel();
        Label set = a.CreateLabel();
        Label done = a.CreateLabel();
        a.xor(r12d, r12d);
        a.mov(rsi, __qword_ptr[r13 + UcRsi]);
        a.test(rsi, rsi);
        a.je(old);
        Move(a, SYS_pwrite64, OtherAction);
        a.cmp(rax, ActionSize);
        a.jne(fault);

        a.Label(ref old);
        a.mov(rsi, __qword_ptr[r13 + UcRdx]);
        a.test(rsi, rsi);
        a.je(set);
        Move(a, SYS_pread64, ActionStart);
        a.cmp(rax, ActionSize);
        a.je(set);
        a.mov(r12, -EFAULT);

        a.Label(ref set);
        a.cmp(__qword_ptr[r13 + UcRsi], 0);
        a.je(done);
        a.lea(rsi, __[r15 + (OtherAction - CodeStart)]);
        Move(a, SYS_pwrite64, ActionStart);
        a.Label(ref done);
        a.nop();
    }

    // rsi: the program's side. An action of the area is the other.
    private static void Move(Assembler a, int number, int distance)
    {
        a.mov(edi, ebp);
        a.mov(edx, ActionSize);
        a.lea(r10, __[r15 + (distance - CodeStart)]);
        Syscall(a, number);
    }

    private static void Syscall(Assembler a, int number)
    {
        a.mov(eax, number);
        a.syscall();
    }
}
