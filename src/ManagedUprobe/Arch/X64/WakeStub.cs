using System.IO;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The helper task that a tracer seizes so that other threads can wake it: a signal to the helper is a stop of a tracee, which ends waitpid. A stop stays
/// pending until it is waited for, so no wake-up can be lost (a signal to the tracer itself can: it may land just before waitpid sleeps).
/// </summary>
internal static class WakeStub
{
    private const int SYS_pause = 34;
    private const int SYS_clone = 56;
    private const int SYS_prctl = 157;
    private const int PR_SET_PDEATHSIG = 1;
    private const int SIGKILL = 9;

    /// <summary>Called as <c>long stub(ulong[2] {clone flags, stack top})</c>: the helper's tid or a negative errno; the helper never returns.</summary>
    public static byte[] Assemble()
    {
        var a = new Assembler(64);
        Label helper = a.CreateLabel();
        Label again = a.CreateLabel();

        a.mov(rsi, __qword_ptr[rdi + 8]);
        a.mov(rdi, __qword_ptr[rdi]);
        a.xor(edx, edx);
        a.xor(r10d, r10d);
        a.xor(r8d, r8d);
        a.mov(eax, SYS_clone);
        a.syscall();
        a.test(rax, rax);
        a.je(helper);
        a.ret();

        // The tracer may be killed before it has seized the helper, which then nothing else would end.
        a.Label(ref helper);
        a.mov(edi, PR_SET_PDEATHSIG);
        a.mov(esi, SIGKILL);
        a.mov(eax, SYS_prctl);
        a.syscall();
        a.Label(ref again);
        a.mov(eax, SYS_pause);
        a.syscall();
        a.jmp(again);

        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }
}
