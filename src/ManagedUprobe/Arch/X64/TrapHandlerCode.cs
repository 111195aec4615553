using System;
using System.IO;
using System.Text;
using Iced.Intel;
using ManagedUprobe.Primitives;
using static Iced.Intel.AssemblerRegisters;
using static ManagedUprobe.Arch.X64.TrapHandlerLayout;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The handler for SIGTRAP that a target has of us. As long as it is traced it sees no trap of ours; when the tracer is killed, the
/// traps that are under way, and all later ones, come here, and the thread is passed on.
/// </summary>
/// <remarks>
/// <code>
/// trap behind the trampoline                the true return address, from the table
/// in an area of ours                        the tracer had moved the thread: it goes on there
/// behind a site with a slot                 to the slot
/// behind a site without a slot              the instruction's byte is put back through /proc/thread-self/mem
/// no int3 there                             the tracer had moved the thread, or has removed the site: it goes on there
/// at rt_sigaction for SIGTRAP               done here (SigactionStub)
/// at rt_sigprocmask                         done here (SigmaskStub)
/// anything else                             the program's own: its handler is called, or the default action taken
/// </code>
/// Runs with all signals blocked, on the alternate stack if there is one, uses no stack but that of the signal, and calls nothing. It writes no memory but the
/// frame of its signal, and the program's action: the area is read-only.
/// </remarks>
internal static class TrapHandlerCode
{
    private const int SYS_close = 3;
    private const int SYS_rt_sigaction = 13;
    private const int SYS_rt_sigprocmask = 14;
    private const int SYS_rt_sigreturn = 15;
    private const int SYS_pwrite64 = 18;
    private const int SYS_getpid = 39;
    private const int SYS_gettid = 186;
    private const int SYS_openat = 257;
    private const int SYS_rt_tgsigqueueinfo = 297;
    private const int AT_FDCWD = -100;
    private const int O_RDWR_CLOEXEC = 0x80002;
    private const int SIGTRAP = 5;
    private const int SigTrapBit = 0x10;
    private const int SIG_SETMASK = 2;
    private const int SA_NODEFER = 0x40000000;
    private const int SI_KERNEL = 0x80;
    private const int TRAP_TRACE = 2;

    // struct ucontext of x86-64, and siginfo_t.
    private const int UcRsp = 160;
    private const int UcRip = 168;
    private const int UcCs = 184;
    private const int UcSigmask = 296;
    private const int SiCode = 8;

    private const short UserCode64 = (short)ExecutionModes.UserCode64;

    // Distances of the action's fields.
    private const int ActionFlags = ActionStart - CodeStart + 8;
    private const int ActionMask = ActionStart - CodeStart + 24;

    private static readonly Lazy<(byte[] Code, int Restorer)> s_code = new(Assemble);

    /// <summary>Machine code, for distance <see cref="CodeStart"/> of an area.</summary>
    public static ReadOnlySpan<byte> Bytes => s_code.Value.Code;

    /// <summary>Distance of sa_restorer from the start of the area.</summary>
    public static int Restorer => CodeStart + s_code.Value.Restorer;

    // r15: start of the code. r14: siginfo. r13: ucontext. rbx: rip.
    private static (byte[] Code, int Restorer) Assemble()
    {
        var a = new Assembler(64);
        var labels = new Labels(a);
        Classify(a, labels);
        PassOn(a, labels);
        RestoreByte(a, labels);
        Chain(a, labels);
        DefaultAction(a, labels);
        Return(a, labels);
        FindSite(a, labels);
        FindReturn(a, labels);
        FindNearestReturn(a, labels);
        SigactionStub.Emit(a, labels.Sigaction, labels.Ordinary, labels.Path);
        a.Label(ref labels.Restorer);
        a.db([0x48, 0xc7, 0xc0, SYS_rt_sigreturn, 0, 0, 0]); // mov rax, 15: as unwinders look for it
        a.syscall();
        a.Label(ref labels.Path);
        a.db(Encoding.ASCII.GetBytes("/proc/thread-self/mem\0"));

        using var code = new MemoryStream();
        AssemblerResult result = a.Assemble(new StreamCodeWriter(code), 0, BlockEncoderOptions.ReturnNewInstructionOffsets);
        return (code.ToArray(), (int)result.GetLabelRIP(labels.Restorer));
    }

    private static void Classify(Assembler a, Labels labels)
    {
        a.Label(ref labels.Start);
        a.lea(r15, __[labels.Start]);
        a.mov(r14, rsi);
        a.mov(r13, rdx);
        a.mov(rbx, __qword_ptr[r13 + UcRip]);
        a.lea(rax, __[r15 - CodeStart]);
        a.mov(rcx, rbx);
        a.sub(rcx, rax);
        a.cmp(rcx, 1);
        a.je(labels.Trampoline);
        a.cmp(rcx, Size);
        a.jb(labels.Done);

        a.mov(rdi, rbx);
        a.and(rdi, -AreaSize);
        a.call(labels.FindSite);
        a.shr(rax, KindShift);
        a.cmp(eax, (int)KindArea);
        a.je(labels.Done);

        ClassifyElsewhere(a, labels);
    }

    private static void ClassifyElsewhere(Assembler a, Labels labels)
    {
        a.cmp(__dword_ptr[r14 + SiCode], SI_KERNEL);
        a.jne(labels.NoInt3);
        a.lea(rdi, __[rbx - 1]);
        a.call(labels.FindSite);
        a.cmp(__word_ptr[r13 + UcCs], UserCode64);
        a.jne(labels.Ordinary);
        a.test(rax, rax);
        a.jne(labels.Sigaction);
        a.Label(ref labels.Ordinary);
        a.mov(rcx, rax);
        a.shr(rcx, KindShift);
        a.cmp(ecx, (int)KindSlot);
        a.je(labels.ToSlot);
        a.cmp(ecx, (int)KindByte);
        a.je(labels.RestoreByte);

        // The byte before the first of a page may not be readable.
        a.test(ebx, 0xfff);
        a.je(labels.Done);
        a.cmp(__byte_ptr[rbx - 1], 0xcc);
        a.jne(labels.Done);
        a.jmp(labels.Chain);

        // A step that the tracer had asked for; a program that steps itself has a handler.
        a.Label(ref labels.NoInt3);
        a.cmp(__dword_ptr[r14 + SiCode], TRAP_TRACE);
        a.jne(labels.Chain);
        a.cmp(__qword_ptr[r15 + (ActionStart - CodeStart)], 1);
        a.jbe(labels.Done);
        a.jmp(labels.Chain);
    }

    private static void PassOn(Assembler a, Labels labels)
    {
        a.Label(ref labels.ToSlot);
        a.shl(rax, 64 - KindShift);
        a.shr(rax, 64 - KindShift);
        a.mov(__qword_ptr[r13 + UcRip], rax);
        a.ret();

        a.Label(ref labels.Trampoline);
        a.mov(rdi, __qword_ptr[r13 + UcRsp]);
        a.sub(rdi, sizeof(ulong));
        a.cmp(__word_ptr[r13 + UcCs], UserCode64);
        a.je(labels.ReturnWord);
        a.add(rdi, sizeof(ulong) - sizeof(uint));
        a.Label(ref labels.ReturnWord);
        a.call(labels.FindReturn);
        a.test(rax, rax);
        a.je(labels.NearestReturn);
        a.mov(__qword_ptr[r13 + UcRip], rax);
        a.ret();
    }

    private static void RestoreByte(Assembler a, Labels labels)
    {
        a.Label(ref labels.RestoreByte);
        a.mov(r12, r9);
        a.mov(edi, AT_FDCWD);
        a.lea(rsi, __[labels.Path]);
        a.mov(edx, O_RDWR_CLOEXEC);
        a.xor(r10d, r10d);
        Syscall(a, SYS_openat);
        a.test(eax, eax);
        a.js(labels.DefaultAction);
        a.mov(ebp, eax);
        a.mov(edi, eax);
        a.lea(rsi, __[r12 + sizeof(ulong)]);
        a.mov(edx, 1);
        a.lea(r10, __[rbx - 1]);
        Syscall(a, SYS_pwrite64);
        a.mov(r12, rax);
        a.mov(edi, ebp);
        Syscall(a, SYS_close);
        a.cmp(r12, 1);
        a.jne(labels.DefaultAction);
        a.dec(rbx);
        a.mov(__qword_ptr[r13 + UcRip], rbx);
        a.ret();
    }

    private static void Chain(Assembler a, Labels labels)
    {
        Label masked = a.CreateLabel();
        a.Label(ref labels.Chain);
        a.mov(rax, __qword_ptr[r15 + (ActionStart - CodeStart)]);
        a.cmp(rax, 1);
        a.je(labels.Done);
        a.jb(labels.DefaultAction);
        a.mov(rax, __qword_ptr[r13 + UcSigmask]);
        a.or(rax, __qword_ptr[r15 + ActionMask]);
        a.test(__dword_ptr[r15 + ActionFlags], SA_NODEFER);
        a.jne(masked);
        a.or(rax, SigTrapBit);
        a.Label(ref masked);
        a.push(rax);
        a.mov(edi, SIG_SETMASK);
        a.mov(rsi, rsp);
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigprocmask);
        a.pop(rax);
        a.mov(edi, SIGTRAP);
        a.mov(rsi, r14);
        a.mov(rdx, r13);
        a.mov(r11, __qword_ptr[r15 + (ActionStart - CodeStart)]);
        a.xor(eax, eax);
        a.jmp(r11);
    }

    // The signal is queued anew, to be taken with the default action when the handler has returned: a core dump shows the program's own registers.
    private static void DefaultAction(Assembler a, Labels labels)
    {
        a.Label(ref labels.DefaultAction);
        a.xor(eax, eax);
        for (int i = 0; i < 4; i++)
        {
            a.push(rax);
        }

        a.mov(edi, SIGTRAP);
        a.mov(rsi, rsp);
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigaction);
        a.add(rsp, 4 * sizeof(ulong));
        Syscall(a, SYS_getpid);
        a.mov(ebp, eax);
        Syscall(a, SYS_gettid);
        a.mov(edi, ebp);
        a.mov(esi, eax);
        a.mov(edx, SIGTRAP);
        a.mov(r10, r14);
        Syscall(a, SYS_rt_tgsigqueueinfo);
    }

    private static void Return(Assembler a, Labels labels)
    {
        a.Label(ref labels.Done);
        a.ret();
    }

    // rdi: an address. rax: the value of its entry, or 0. r9: the entry.
    private static void FindSite(Assembler a, Labels labels)
    {
        a.Label(ref labels.FindSite);
        a.mov(r8, rdi);
        a.shr(r8, 2);
        a.lea(r10, __[r15 + (Sites - CodeStart)]);
        Probe(a, (1 << SiteBits) - 1);
    }

    private static void FindReturn(Assembler a, Labels labels)
    {
        a.Label(ref labels.FindReturn);
        a.mov(r8, ReturnHash);
        a.imul(r8, rdi);
        a.shr(r8, 64 - ReturnBits);
        a.mov(r10, __qword_ptr[r15 + (ActiveReturns - CodeStart)]);
        a.add(r10, r15);
        Probe(a, (1 << ReturnBits) - 1);
    }

    // rdi: the key. r8: where its entry should be. r10: the table, which is never full.
    private static void Probe(Assembler a, int mask)
    {
        Label next = a.CreateLabel();
        Label found = a.CreateLabel();
        Label missing = a.CreateLabel();
        a.Label(ref next);
        a.and(r8d, mask);
        a.mov(r9, r8);
        a.shl(r9, 4);
        a.add(r9, r10);
        a.mov(rax, __qword_ptr[r9]);
        a.test(rax, rax);
        a.je(missing);
        a.inc(r8d);
        a.cmp(rax, rdi);
        a.jne(next);
        a.Label(ref found);
        a.mov(rax, __qword_ptr[r9 + sizeof(ulong)]);
        a.Label(ref missing);
        a.ret();
    }

    // A function that takes arguments off the stack returned: the call is the innermost one below the stack pointer.
    private static void FindNearestReturn(Assembler a, Labels labels)
    {
        Label next = a.CreateLabel();
        Label skip = a.CreateLabel();
        a.Label(ref labels.NearestReturn);
        a.mov(rdi, __qword_ptr[r13 + UcRsp]);
        a.mov(r10, __qword_ptr[r15 + (ActiveReturns - CodeStart)]);
        a.add(r10, r15);
        a.mov(ecx, 1 << ReturnBits);
        a.xor(r8d, r8d);
        a.xor(r9d, r9d);
        a.Label(ref next);
        a.mov(rax, __qword_ptr[r10]);
        a.cmp(rax, rdi);
        a.jae(skip);
        a.cmp(rax, r8);
        a.jbe(skip);
        a.mov(r8, rax);
        a.mov(r9, __qword_ptr[r10 + sizeof(ulong)]);
        a.Label(ref skip);
        a.add(r10, EntrySize);
        a.dec(ecx);
        a.jne(next);
        a.test(r9, r9);
        a.je(labels.Chain);
        a.mov(__qword_ptr[r13 + UcRip], r9);
        a.ret();
    }

    private static void Syscall(Assembler a, int number)
    {
        a.mov(eax, number);
        a.syscall();
    }

    private sealed class Labels(Assembler a)
    {
        public Label Start = a.CreateLabel();
        public Label ToSlot = a.CreateLabel();
        public Label Trampoline = a.CreateLabel();
        public Label ReturnWord = a.CreateLabel();
        public Label RestoreByte = a.CreateLabel();
        public Label NoInt3 = a.CreateLabel();
        public Label Chain = a.CreateLabel();
        public Label Sigaction = a.CreateLabel();
        public Label Ordinary = a.CreateLabel();
        public Label DefaultAction = a.CreateLabel();
        public Label Done = a.CreateLabel();
        public Label FindSite = a.CreateLabel();
        public Label FindReturn = a.CreateLabel();
        public Label NearestReturn = a.CreateLabel();
        public Label Restorer = a.CreateLabel();
        public Label Path = a.CreateLabel();
    }
}
