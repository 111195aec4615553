using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Session.Gates;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Says why a process cannot be traced, and what would help.</summary>
internal static class AttachRefusal
{
    /// <summary>The exception for a process that PTRACE_SEIZE refused.</summary>
    /// <param name="pid">The process that was asked for.</param>
    /// <param name="status">What /proc says of it.</param>
    /// <param name="errno">What PTRACE_SEIZE said.</param>
    public static UprobeException Explain(int pid, ProcStatus status, Errno errno)
    {
        if (!status.Exists || errno == Errno.ESRCH)
        {
            return new UprobeException(Errno.ESRCH, $"process {pid}: no such process");
        }

        if (status.ThreadGroup != pid)
        {
            return new UprobeException(Errno.ESRCH, $"process {pid}: a thread of process {status.ThreadGroup}; attach to that");
        }

        if (status.TracerPid != 0)
        {
            return new UprobeException(
                Errno.EPERM, $"process {pid} ({status.Name}): already traced by {TracerOf(status)}; end that first");
        }

        if (pid == Libc.GetPid())
        {
            return new UprobeException(Errno.EPERM, $"process {pid}: a process cannot trace itself");
        }

        string reason = TracingGates.WhyRefused(pid) ?? $"{errno}; 'muprobe doctor -p {pid}' tells which gate is shut";
        return new UprobeException(errno, $"process {pid} ({status.Name}): may not be traced: {reason}");
    }

    /// <summary>The exception for a process that this process has started by other means than a session.</summary>
    /// <remarks>
    /// All threads of a process share the waits for its children: what the runtime asks the kernel at a SIGCHLD (Process does) would take a ptrace stop of such a
    /// child for its end, and the tracer would never see it.
    /// </remarks>
    public static UprobeException OwnChild(int pid, ProcStatus status) =>
        new(Errno.EPERM, $"process {pid} ({status.Name}): a child of this process, whose stops the runtime would take; start it by {nameof(UprobeSession)}.{nameof(UprobeSession.Launch)}");

    private static string TracerOf(ProcStatus status)
    {
        int tracer = ProcFile.Status(status.TracerPid).ThreadGroup;
        return tracer == Libc.GetPid()
            ? $"another session of this process ({tracer})"
            : $"process {tracer} ({ProcFile.Status(tracer).Name})";
    }
}
