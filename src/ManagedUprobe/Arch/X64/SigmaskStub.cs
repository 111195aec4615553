using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// rt_sigprocmask in a target whose tracer is dead: the part of <see cref="TrapHandlerCode"/> that does it as the tracer has. SIGTRAP stays unblocked: the next
/// of our instructions that is still there would kill the thread.
/// </summary>
/// <remarks>The program's mask is in the signal's frame. It is put in force for the call alone, which the kernel does as it always does, and taken into the frame from there.</remarks>
internal static class SigmaskStub
{
    private const int SYS_rt_sigprocmask = 14;
    private const int SIG_BLOCK = 0;
    private const int SIG_SETMASK = 2;
    private const int SigTrapBit = 0x10;

    // struct ucontext of x86-64.
    private const int UcR10 = 56;
    private const int UcRdi = 104;
    private const int UcRsi = 112;
    private const int UcRdx = 136;
    private const int UcRax = 144;
    private const int UcSigmask = 296;

    /// <summary>Emits the code. In: rbx rip, r13 ucontext. All but rax, r9 are free where it is no such call.</summary>
    /// <param name="a">Receives the code.</param>
    /// <param name="start">Where it is entered.</param>
    /// <param name="ordinary">Where to go when it is no such call.</param>
    /// <param name="done">Where to go with the result in r12.</param>
    public static void Emit(Assembler a, Label start, Label ordinary, Label done)
    {
        a.Label(ref start);
        a.cmp(__dword_ptr[r13 + UcRax], SYS_rt_sigprocmask);
        a.jne(ordinary);
        a.mov(edi, SIG_SETMASK);
        a.lea(rsi, __[r13 + UcSigmask]);
        a.xor(edx, edx);
        Call(a);

        a.mov(rdi, __qword_ptr[r13 + UcRdi]);
        a.mov(rsi, __qword_ptr[r13 + UcRsi]);
        a.mov(rdx, __qword_ptr[r13 + UcRdx]);
        a.mov(r10, __qword_ptr[r13 + UcR10]);
        a.mov(eax, SYS_rt_sigprocmask);
        a.syscall();
        a.mov(r12, rax);

        a.push(-1);
        a.mov(edi, SIG_BLOCK);
        a.mov(rsi, rsp);
        a.lea(rdx, __[r13 + UcSigmask]);
        Call(a);
        a.pop(rax);
        a.and(__qword_ptr[r13 + UcSigmask], ~SigTrapBit);
        a.jmp(done);
    }

    private static void Call(Assembler a)
    {
        a.mov(r10d, sizeof(ulong));
        a.mov(eax, SYS_rt_sigprocmask);
        a.syscall();
    }
}
