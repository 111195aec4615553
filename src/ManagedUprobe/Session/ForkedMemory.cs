using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>What a forked process has of our breakpoints in its copy of memory (the kernel's uprobe_dup_mmap). Tracer thread.</summary>
internal static class ForkedMemory
{
    /// <summary>Takes a child's copy over, with the breakpoints that were there at the fork.</summary>
    /// <param name="state">Told when it fails.</param>
    /// <param name="parent">The thread that forked.</param>
    /// <param name="pid">The child.</param>
    /// <param name="follow">Whether children of a followed process are followed.</param>
    /// <returns>Null when its memory cannot be opened.</returns>
    public static AddressSpace? TryFork(UprobesState state, UprobeTask parent, int pid, bool follow)
    {
        try
        {
            AddressSpace mm = parent.Mm.Fork(TraceeMemory.OpenTraced(pid));
            mm.IsFollowed = parent.Mm.IsFollowed && follow;
            _ = mm.Guard?.TrySetOwner(pid);
            foreach (Site site in mm.Sites.All)
            {
                // What is armed may have changed between the fork and this look at it.
                if (site.IsWanted && mm.IsFollowed)
                {
                    _ = BreakpointInstaller.TryInstall(mm, site);
                }
                else
                {
                    BreakpointInstaller.Remove(mm, site);
                }
            }

            return mm;
        }
        catch (UprobeException error)
        {
            state.Log($"process {pid}: {error.Message}");
            return null;
        }
    }

    /// <summary>Takes all breakpoints and replaced return addresses out of a child that is not followed.</summary>
    public static void Clean(UprobeTask task)
    {
        foreach (Site site in task.Mm.Sites.All)
        {
            BreakpointInstaller.Remove(task.Mm, site);
        }

        HijackedStack.Restore(task);
        task.ReturnInstances.Clear();
    }
}
