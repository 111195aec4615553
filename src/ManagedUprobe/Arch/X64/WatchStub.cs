using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using ManagedUprobe.Native;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The watcher: a task of ours that does nothing until the tracer is dead, and then puts the changed bytes back, through the descriptors that it shares. It is in a session of its own: what is sent
/// to the tracer's process group does not reach it.
/// </summary>
/// <remarks>
/// It needs no ptrace and no memory but the tracer's, which lives as long as it does. A byte is put back where memory still holds our int3 and the rest of the
/// instruction behind it. All its signals are blocked.
/// </remarks>
internal static class WatchStub
{
    private const int SYS_pread64 = 17;
    private const int SYS_pwrite64 = 18;
    private const int SYS_sched_yield = 24;
    private const int SYS_clone = 56;
    private const int SYS_setsid = 112;
    private const int SYS_rt_sigtimedwait = 128;
    private const int SYS_prctl = 157;
    private const int SYS_exit_group = 231;
    private const int SYS_tgkill = 234;
    private const int PR_SET_PDEATHSIG = 1;
    private const int PR_SET_NAME = 15;
    private const int Patience = 2000;

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
        AwaitDeath(a, wait, restore);
        a.Label(ref restore);
        Restore(a);
        a.xor(edi, edi);
        Syscall(a, SYS_exit_group);
        a.Label(ref name);
        a.db(Encoding.ASCII.GetBytes("uprobe-watch\0"));

        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }

    // The signal comes a moment before the thread is gone, and anybody may send it.
    private static void AwaitDeath(Assembler a, Label wait, Label restore)
    {
        Label look = a.CreateLabel();
        a.Label(ref wait);
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

    private static void Restore(Assembler a)
    {
        Label next = a.CreateLabel();
        Label skip = a.CreateLabel();
        Label done = a.CreateLabel();
        a.mov(r12, Field(rbx, nameof(WatchBlock.Entries)));
        a.mov(r13, Field(rbx, nameof(WatchBlock.Count)));
        a.Label(ref next);
        a.test(r13, r13);
        a.je(done);
        a.cmp(__dword_ptr[r12 + Offset(nameof(WatchEntry.armed))], 0);
        a.je(skip);
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
