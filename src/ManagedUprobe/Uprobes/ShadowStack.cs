using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>Whether the processor keeps return addresses of a thread a second time (CET): a replaced one would end the program with SIGSEGV.</summary>
internal static class ShadowStack
{
    /// <summary>Why a return is not seen.</summary>
    public const string Complaint = "the thread has a shadow stack, and the function does not leave by return instructions alone";

    private static volatile bool s_unknown;

    /// <summary>Asks the kernel, until it says that it knows nothing of them.</summary>
    /// <param name="task">A stopped thread.</param>
    public static bool IsOn(UprobeTask task) =>
        !s_unknown && IsOn(Libc.PtraceGetShadowStack(task.Tracee.Tid, out _));

    /// <summary>What the kernel's answer means. A program turns them on while it starts, so that "none" is no answer for good.</summary>
    internal static bool IsOn(Errno answer)
    {
        s_unknown |= answer is Errno.EINVAL or Errno.EIO;
        return answer == 0;
    }
}
