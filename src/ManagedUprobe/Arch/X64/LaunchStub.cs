using System.IO;
using System.Runtime.InteropServices;
using Iced.Intel;
using ManagedUprobe.Native;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The few instructions that start a program stopped before its first one: clone with CLONE_VM, wait to be seized, exec.
/// </summary>
/// <remarks>
/// fork() is not callable from managed code, and copying page tables of a large heap takes tens of milliseconds. The child shares our memory, so it
/// touches no libc, no thread-local storage and no stack but its own, and all signals are blocked around the clone: a handler of
/// the runtime must never run in it. Plain CLONE_VM, not CLONE_VFORK: the parent has to seize the child while that waits.
/// </remarks>
internal static class LaunchStub
{
    private const int SYS_read = 0;
    private const int SYS_close = 3;
    private const int SYS_rt_sigaction = 13;
    private const int SYS_rt_sigprocmask = 14;
    private const int SYS_clone = 56;
    private const int SYS_execve = 59;
    private const int SYS_chdir = 80;
    private const int SYS_exit_group = 231;
    private const int SYS_prlimit64 = 302;
    private const int RLIMIT_NOFILE = 7;
    private const int SIG_SETMASK = 2;
    private const int LastSignal = 64;

    /// <summary>
    /// The stub, called as <c>long stub(LaunchBlock *)</c>: returns the child's pid or a negative errno. In the child it does not return.
    /// </summary>
    public static byte[] Assemble()
    {
        var a = new Assembler(64);
        Label child = a.CreateLabel();

        a.push(rbx);
        a.mov(rbx, rdi);
        a.mov(rdi, Field(nameof(LaunchBlock.CloneFlags)));
        a.mov(rsi, Field(nameof(LaunchBlock.StackTop)));
        a.xor(edx, edx);
        a.xor(r10d, r10d);
        a.xor(r8d, r8d);
        Syscall(a, SYS_clone);
        a.test(rax, rax);
        a.je(child);
        a.pop(rbx);
        a.ret();

        a.Label(ref child);
        ResetSignals(a);
        WaitAtGate(a);
        CloseOthers(a);
        SetLimit(a);
        ChangeDirectory(a);
        Execute(a);

        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }

    private static void ResetSignals(Assembler a)
    {
        Label next = a.CreateLabel();
        a.mov(r12d, LastSignal);
        a.Label(ref next);
        // Handler: SIG_IGN (1) when bit r12-1 of the set is on, else SIG_DFL (0). SIGKILL and SIGSTOP answer EINVAL, which is fine.
        a.lea(ecx, __[r12 - 1]);
        a.mov(rax, Field(nameof(LaunchBlock.IgnoredSignals)));
        a.shr(rax, cl);
        a.and(eax, 1);
        a.mov(Field(nameof(LaunchBlock.ActionHandler)), rax);
        a.mov(edi, r12d);
        a.lea(rsi, Field(nameof(LaunchBlock.ActionHandler)));
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigaction);
        a.dec(r12d);
        a.jne(next);
    }

    private static void WaitAtGate(Assembler a)
    {
        Label open = a.CreateLabel();
        a.mov(rdi, Field(nameof(LaunchBlock.GateWrite)));
        Syscall(a, SYS_close);
        a.mov(rdi, Field(nameof(LaunchBlock.GateRead)));
        a.lea(rsi, __[rsp - 8]);
        a.mov(edx, 1);
        Syscall(a, SYS_read);
        a.cmp(rax, 1);
        a.je(open);
        Fail(a, LaunchStep.Gate);
        a.Label(ref open);
    }

    // A file that another thread has open for a moment without O_CLOEXEC, the runtime's own for instance, was copied by the clone.
    private static void CloseOthers(Assembler a)
    {
        Label next = a.CreateLabel();
        Label skip = a.CreateLabel();
        a.mov(r12d, LaunchRequest.KnownDescriptors - 1);
        a.Label(ref next);
        a.mov(rax, Field(nameof(LaunchBlock.InheritedDescriptors)));
        a.bt(rax, r12);
        a.jb(skip);
        a.mov(edi, r12d);
        Syscall(a, SYS_close);
        a.Label(ref skip);
        a.dec(r12d);
        a.jns(next);
    }

    private static void SetLimit(Assembler a)
    {
        Label skip = a.CreateLabel();
        a.cmp(Field(nameof(LaunchBlock.SetFileLimit)), 0);
        a.je(skip);
        a.xor(edi, edi);
        a.mov(esi, RLIMIT_NOFILE);
        a.lea(rdx, Field(nameof(LaunchBlock.FileLimitSoft)));
        a.xor(r10d, r10d);
        Syscall(a, SYS_prlimit64);
        a.Label(ref skip);
    }

    private static void ChangeDirectory(Assembler a)
    {
        Label done = a.CreateLabel();
        a.mov(rdi, Field(nameof(LaunchBlock.WorkingDirectory)));
        a.test(rdi, rdi);
        a.je(done);
        Syscall(a, SYS_chdir);
        a.test(rax, rax);
        a.je(done);
        Fail(a, LaunchStep.Chdir);
        a.Label(ref done);
        a.nop();
    }

    private static void Execute(Assembler a)
    {
        a.mov(edi, SIG_SETMASK);
        a.lea(rsi, Field(nameof(LaunchBlock.BlockedSignals)));
        a.xor(edx, edx);
        a.mov(r10d, sizeof(ulong));
        Syscall(a, SYS_rt_sigprocmask);
        a.mov(rdi, Field(nameof(LaunchBlock.Path)));
        a.mov(rsi, Field(nameof(LaunchBlock.Arguments)));
        a.mov(rdx, Field(nameof(LaunchBlock.Environment)));
        Syscall(a, SYS_execve);
        Fail(a, LaunchStep.Execve);
    }

    private static void Fail(Assembler a, LaunchStep step)
    {
        a.neg(rax);
        a.mov(Field(nameof(LaunchBlock.Error)), rax);
        a.mov(eax, (int)step);
        a.mov(Field(nameof(LaunchBlock.FailedStep)), rax);
        a.mov(edi, 127);
        Syscall(a, SYS_exit_group);
        a.ud2();
    }

    private static void Syscall(Assembler a, int number)
    {
        a.mov(eax, number);
        a.syscall();
    }

    private static AssemblerMemoryOperand Field(string name) =>
        __qword_ptr[rbx + (int)Marshal.OffsetOf<LaunchBlock>(name)];
}
