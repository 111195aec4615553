using System.Text;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Starts a program that is traced and stopped before its first instruction.</summary>
/// <remarks>
/// In a nutshell: the stub's child resets its signals and waits at a gate (a pipe); the tracer seizes it there, opens the gate, and the first stop that
/// it sees is PTRACE_EVENT_EXEC. No SIGSTOP, no PTRACE_TRACEME, no helper program.
/// </remarks>
internal static class Launcher
{
    private const int OutOfExec = (int)PtraceEventCode.PTRACE_EVENT_EXEC;

    /// <summary>Starts the program. Precondition: tracer thread.</summary>
    /// <returns>The pid; the process is in its PTRACE_EVENT_EXEC stop, which has been waited for.</returns>
    /// <exception cref="UprobeException">The program cannot be executed: what execve said.</exception>
    public static int Launch(LaunchRequest request, PtraceOptions options, WaitQueue waits)
    {
        Errno errno = Libc.Pipe(out int gateRead, out int gateWrite);
        if (errno != 0)
        {
            throw new UprobeException(errno, $"cannot start a program: pipe: {errno}");
        }

        try
        {
            return Launch(request, options, waits, gateRead, gateWrite);
        }
        finally
        {
            Libc.Close(gateRead);
            Libc.Close(gateWrite);
        }
    }

    private static int Launch(LaunchRequest request, PtraceOptions options, WaitQueue waits, int gateRead, int gateWrite)
    {
        using var memory = new LaunchMemory(request, gateRead, gateWrite);
        using var stub = new ExecutableMemory(LaunchStub.Assemble());
        Libc.SetTurn(0);
        long result = memory.Start(stub);
        Libc.SetTurn(Libc.ShortTurnNs);
        if (result < 0)
        {
            throw new UprobeException((Errno)(-result), $"cannot start a program: clone: {(Errno)(-result)}");
        }

        int pid = (int)result;
        Errno errno = Libc.PtraceSeize(pid, options);
        if (errno != 0)
        {
            End(pid, waits);
            throw new UprobeException(errno, $"cannot trace a program that we start: {errno}; 'muprobe doctor' tells why");
        }

        _ = Libc.WriteByte(gateWrite, 1);
        while (waits.TryWaitFor(pid, out WaitStatus status) && !status.IsEnd)
        {
            if ((int)status.Event == OutOfExec)
            {
                return pid;
            }

            // A signal sent to the child before it executed: its dispositions are the program's already, so is its fate.
            _ = Libc.PtraceCont(pid, status.Kind == WaitStatusKind.SignalStop ? (int)status.Signal : 0);
        }

        throw Failure(request, memory);
    }

    private static void End(int pid, WaitQueue waits)
    {
        _ = Libc.Kill(pid, Signum.SIGKILL);
        while (waits.TryWaitFor(pid, out WaitStatus status) && !status.IsEnd)
        {
            // Nothing to do: the end comes.
        }
    }

    private static UprobeException Failure(LaunchRequest request, LaunchMemory memory)
    {
        (LaunchStep step, Errno errno) = memory.Outcome();
        string file = Encoding.UTF8.GetString(request.Path);
        return step switch
        {
            LaunchStep.Execve => new UprobeException(errno, $"{file}: {Describe(errno)}"),
            LaunchStep.Chdir => new UprobeException(errno, $"{Encoding.UTF8.GetString(request.WorkingDirectory ?? [])}: {Describe(errno)}"),
            _ => new UprobeException(Errno.ESRCH, $"{file}: ended before it was executed"),
        };
    }

    private static string Describe(Errno errno) => errno switch
    {
        Errno.ENOENT => "No such file or directory",
        Errno.EACCES => "Permission denied",
        Errno.ENOEXEC => "Exec format error",
        Errno.ENOTDIR => "Not a directory",
        Errno.E2BIG => "Argument list too long",
        Errno.ELOOP => "Too many levels of symbolic links",
        Errno.ETXTBSY => "Text file busy",
        Errno.ENOMEM => "Cannot allocate memory",
        _ => errno.ToString(),
    };
}
