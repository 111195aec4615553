using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>A process that is about to dump core gets its own bytes and return addresses back, so that the core is that of an untraced run. Tracer thread.</summary>
internal static class CoreDump
{
    private const int Init = 1;

    // Bit N-1 for signal N: what dumps core by default. SIGTRAP comes to a handler of ours first.
    private const ulong Dumping = (1UL << ((int)Signum.SIGQUIT - 1)) | (1UL << ((int)Signum.SIGILL - 1)) | (1UL << ((int)Signum.SIGABRT - 1))
        | (1UL << ((int)Signum.SIGBUS - 1)) | (1UL << ((int)Signum.SIGFPE - 1)) | (1UL << ((int)Signum.SIGSEGV - 1)) | (1UL << ((int)Signum.SIGXCPU - 1))
        | (1UL << ((int)Signum.SIGXFSZ - 1)) | (1UL << ((int)Signum.SIGSYS - 1));

    /// <summary>A signal is about to be delivered to a thread that it stopped.</summary>
    public static void BeforeSignal(UprobeTask task, int signal)
    {
        if ((Dumping & (1UL << (signal - 1))) == 0 || task.Mm.Users.Count != 1 || !IsFatal(task, signal))
        {
            return;
        }

        foreach (Site site in new List<Site>(task.Mm.Sites.All))
        {
            if (site.Armed)
            {
                BreakpointInstaller.Remove(task.Mm, site);
            }
        }

        foreach (UprobeTask other in task.Group.Tasks)
        {
            // One that runs may use the word again between the look at its stack and the write.
            if (other == task || ProcStat.Of(other.Tracee.Tid).State is not 'R')
            {
                HijackedStack.Restore(other);
            }
        }
    }

    // The first process of a PID namespace does not die of what others send it.
    private static bool IsFatal(UprobeTask task, int signal)
    {
        ulong bit = 1UL << (signal - 1);
        ProcStatus status = ProcFile.Status(task.Tracee.Tid);
        return status.Exists && ((status.Caught | status.Ignored) & bit) == 0
            && (status.InnerPid != Init || (task.Tracee.TryGetSigInfo(out SigInfo info) && info.si_code > 0));
    }
}
