using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using ManagedUprobe.Native;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The watcher: a task of ours that does nothing until the tracer dies, and then puts the changed bytes back, through the descriptors that it shares. It is in a session of its own: what is sent
/// to the tracer's process group does not reach it.
/// </summary>
/// <remarks>
/// It traces the tracer thread, for its exit alone: a killed thread stops there before its tracees are let go, so that the bytes are back when they run on. Where
/// it may not (somebody else traces the tracer), it is woken by the signal that tells a child of its parent's death, when they run already.
/// It needs no ptrace and no memory but the tracer's, which lives as long as it does. A byte is put back where memory still holds our int3 and the rest of the
/// instruction behind it. All its signals are blocked. In the end it may become another program, which puts right what takes more than that.
/// </remarks>
internal static class WatchStub
{
    private const int SIG_IGN = 1;
    private const int SYS_rt_sigaction = 13;
    private const int SYS_rt_sigprocmask = 14;
    private const int SYS_pread64 = 17;
    private const int SYS_pwrite64 = 18;
    private const int SYS_sched_yield = 24;
    private const int SYS_nanosleep = 35;
    private const int SYS_clone = 56;
    private const int SYS_execve = 59;
    private const int SYS_wait4 = 61;
    private const int SYS_ptrace = 101;
    private const int SYS_setsid = 112;
    private const int SYS_rt_sigtimedwait = 128;
    private const int SYS_prctl = 157;
    private const int SYS_exit_group = 231;
    private const int SYS_tgkill = 234;
    private const int PR_SET_PDEATHSIG = 1;
    private const int PR_SET_NAME = 15;
    private const int Patience = 2000;
    private const int DelayNs = 30_000_000;
    private const int SeizeAttempts = 100;
    private const int PTRACE_CONT = 7;
    private const int PTRACE_DETACH = 17;
    private const int PTRACE_SEIZE = 0x4206;
    private const int PTRACE_LISTEN = 0x4208;
    private const int PTRACE_O_TRACEEXIT = 0x40;
    private const int PTRACE_EVENT_EXIT = 6;
    private const int PTRACE_EVENT_STOP = 128;
    private const int WaitAllNoThread = 0x60000000;
    private const int EPERM = 1;
    private const int SIGTRAP = 5;
    private const int SIG_SETMASK = 2;
    private const int Stopped = 0x7f;

    /// <summary>Called as <c>long stub(WatchBlock *)</c>: the watcher's tid or a negative errno; the watcher never returns.</summary>
    /// <param name="signal">The signal that tells it of the tracer's death.</param>
    public static byte[] Assemble(int signal)
    {
        var a = new Assembler(64);
        Label watcher = a.CreateLabel();
        Label wait = a.CreateLabel();
        Label restore = a.CreateLabel();
        Label name = a.CreateLabel();
        a.mov(r9, rdi);
        a.mov(rdi, Field(r9, nameof(WatchBlock.CloneFlags)));
        a.mov(rsi, Field(r9, nameof(WatchBlock.StackTop)));
        a.xor(edx, edx);
        a.xor(r10d, r10d);
        a.xor(r8d, r8d);
        Syscall(a, SYS_clone);
        a.test(rax, rax);
        a.je(watcher);
        a.ret();

        a.Label(ref watcher);
        a.mov(rbx, r9);
        a.mov(edi, PR_SET_PDEATHSIG);
        a.mov(esi, signal);
        Syscall(a, SYS_prctl);
        a.mov(edi, PR_SET_NAME);
        a.lea(rsi, __[name]);
        Syscall(a, SYS_prctl);
        Syscall(a, SYS_setsid);
        TraceTracer(a, wait, restore);
        AwaitDeath(a, wait, restore);
        a.Label(ref restore);
        Heal(a, signal);
        Execute(a);
        a.Label(ref name);
        a.db(Encoding.ASCII.GetBytes("uprobe-watch\0"));

        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }

    private static void Heal(Assembler a, int signal)
    {
        Restore(a, when: 1);
        ForgetDeathSignal(a, signal);

        // Only now are its tracees let go.
        Ptrace(a, PTRACE_DETACH, null);
    }

    // With a trap under way threads need our handler: the program may set another one in the kernel only when they are past it. The program that heals can see that.
    private static void RestoreLast(Assembler a)
    {
        a.mov(Field(rbx, nameof(WatchBlock.Buffer)), DelayNs);
        a.push(Field(rbx, nameof(WatchBlock.Buffer)));
        a.push(0);
        a.mov(rdi, rsp);
        a.xor(esi, esi);
        Syscall(a, SYS_nanosleep);
        Restore(a, when: 2);
    }

    // It would end the program that comes next.
    private static void ForgetDeathSignal(Assembler a, int signal)
    {
        a.mov(edi, PR_SET_PDEATHSIG);
        a.xor(esi, esi);
        Syscall(a, SYS_prctl);
        a.xor(eax, eax);
        a.push(rax);
        a.push(rax);
        a.push(rax);
        a.push(SIG_IGN);
        a.mov(edi, signal);
        a.mov(rsi, rsp);
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigaction);
    }

    // Becomes the program that heals the rest, or ends.
    private static void Execute(Assembler a)
    {
        Label end = a.CreateLabel();
        a.cmp(Field(rbx, nameof(WatchBlock.ExecArguments)), 0);
        a.je(end);
        a.mov(Field(rbx, nameof(WatchBlock.Buffer)), 0);
        a.mov(edi, SIG_SETMASK);
        a.lea(rsi, Field(rbx, nameof(WatchBlock.Buffer)));
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigprocmask);
        a.mov(rdi, Field(rbx, nameof(WatchBlock.ExecPath)));
        a.mov(rsi, Field(rbx, nameof(WatchBlock.ExecArguments)));
        a.mov(rdx, Field(rbx, nameof(WatchBlock.ExecEnvironment)));
        Syscall(a, SYS_execve);
        a.Label(ref end);
        RestoreLast(a);
        a.xor(edi, edi);
        Syscall(a, SYS_exit_group);
    }

    // To wait: it cannot be traced. To restore: it is dying, or dead. Yama may be told of us a moment later.
    private static void TraceTracer(Assembler a, Label wait, Label restore)
    {
        Label seize = a.CreateLabel();
        Label next = a.CreateLabel();
        a.mov(ebp, SeizeAttempts);
        a.Label(ref seize);
        a.mov(r10d, PTRACE_O_TRACEEXIT);
        Ptrace(a, PTRACE_SEIZE, r10);
        a.test(eax, eax);
        a.je(next);
        a.cmp(eax, -EPERM);
        a.jne(wait);
        Syscall(a, SYS_sched_yield);
        a.dec(ebp);
        a.jne(seize);
        a.jmp(wait);

        AwaitExit(a, next, restore);
    }

    private static void AwaitExit(Assembler a, Label next, Label restore)
    {
        Label listen = a.CreateLabel();
        Label resume = a.CreateLabel();
        a.Label(ref next);
        a.mov(Field(rbx, nameof(WatchBlock.Ready)), 1);
        a.mov(rdi, Field(rbx, nameof(WatchBlock.TracerTid)));
        a.lea(rsi, Field(rbx, nameof(WatchBlock.Buffer)));
        a.mov(edx, WaitAllNoThread);
        a.xor(r10d, r10d);
        Syscall(a, SYS_wait4);
        a.test(eax, eax);
        a.jle(restore);
        a.mov(eax, __dword_ptr[rbx + (int)Marshal.OffsetOf<WatchBlock>(nameof(WatchBlock.Buffer))]);
        a.cmp(al, Stopped);
        a.jne(restore);
        a.movzx(ecx, ah);
        a.mov(r10d, ecx);
        a.shr(eax, 16);
        a.cmp(eax, PTRACE_EVENT_EXIT);
        a.je(restore);
        a.cmp(eax, PTRACE_EVENT_STOP);
        a.jne(resume);
        a.cmp(r10d, SIGTRAP);
        a.jne(listen);
        a.xor(r10d, r10d);
        a.Label(ref resume);
        Ptrace(a, PTRACE_CONT, r10);
        a.jmp(next);
        a.Label(ref listen);
        Ptrace(a, PTRACE_LISTEN, null);
        a.jmp(next);
    }

    private static void Ptrace(Assembler a, int request, AssemblerRegister64? data)
    {
        a.mov(edi, request);
        a.mov(rsi, Field(rbx, nameof(WatchBlock.TracerTid)));
        a.xor(edx, edx);
        if (data == null)
        {
            a.xor(r10d, r10d);
        }

        Syscall(a, SYS_ptrace);
    }

    // The signal comes a moment before the thread is gone, and anybody may send it.
    private static void AwaitDeath(Assembler a, Label wait, Label restore)
    {
        Label look = a.CreateLabel();
        a.Label(ref wait);
        a.mov(Field(rbx, nameof(WatchBlock.Ready)), 1);
        a.mov(ebp, Patience);
        a.Label(ref look);
        a.mov(rdi, Field(rbx, nameof(WatchBlock.TracerPid)));
        a.mov(rsi, Field(rbx, nameof(WatchBlock.TracerTid)));
        a.xor(edx, edx);
        Syscall(a, SYS_tgkill);
        a.test(rax, rax);
        a.jne(restore);
        Syscall(a, SYS_sched_yield);
        a.dec(ebp);
        a.jne(look);
        a.lea(rdi, Field(rbx, nameof(WatchBlock.Signals)));
        a.xor(esi, esi);
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigtimedwait);
        a.jmp(wait);
    }

    private static void Restore(Assembler a, int when)
    {
        Label next = a.CreateLabel();
        Label skip = a.CreateLabel();
        Label done = a.CreateLabel();
        a.mov(r12, Field(rbx, nameof(WatchBlock.Entries)));
        a.mov(r13, Field(rbx, nameof(WatchBlock.Count)));
        a.Label(ref next);
        a.test(r13, r13);
        a.je(done);
        a.cmp(__dword_ptr[r12 + Offset(nameof(WatchEntry.armed))], when);
        a.jne(skip);
        Access(a, SYS_pread64, sizeof(ulong), fromEntry: false);
        a.cmp(rax, 1);
        a.jl(skip);
        a.mov(rax, Field(rbx, nameof(WatchBlock.Buffer)));
        a.cmp(al, 0xcc);
        a.jne(skip);
        a.xor(rax, __qword_ptr[r12 + Offset(nameof(WatchEntry.original))]);
        a.test(__qword_ptr[r12 + Offset(nameof(WatchEntry.mask))], rax);
        a.jne(skip);
        Access(a, SYS_pwrite64, 1, fromEntry: true);
        a.Label(ref skip);
        a.add(r12, Marshal.SizeOf<WatchEntry>());
        a.dec(r13);
        a.jmp(next);
        a.Label(ref done);
        a.nop();
    }

    private static void Access(Assembler a, int number, int length, bool fromEntry)
    {
        a.mov(edi, __dword_ptr[r12 + Offset(nameof(WatchEntry.fd))]);
        a.lea(rsi, fromEntry ? __qword_ptr[r12 + Offset(nameof(WatchEntry.original))] : Field(rbx, nameof(WatchBlock.Buffer)));
        a.mov(edx, length);
        a.mov(r10, __qword_ptr[r12]);
        Syscall(a, number);
    }

    private static void Syscall(Assembler a, int number)
    {
        a.mov(eax, number);
        a.syscall();
    }

    private static int Offset(string name) => (int)Marshal.OffsetOf<WatchEntry>(name);

    private static AssemblerMemoryOperand Field(AssemblerRegister64 block, string name) =>
        __qword_ptr[block + (int)Marshal.OffsetOf<WatchBlock>(name)];
}
