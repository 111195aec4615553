namespace ManagedUprobe.Uprobes;

/// <summary>Shows unwinders the program's own return addresses: they go back when unwinding begins, and are replaced again when it has ended.</summary>
/// <remarks>
/// Unwinding has ended where the unwinder returns, or jumps to a landing pad; a probe that is hit in a frame outside the unwinder says so as well. Calls whose frames
/// are gone by then are forgotten: they do not return.
/// </remarks>
internal static class UnwindGuard
{
    /// <summary>A thread is about to unwind its stack.</summary>
    public static void Suspend(UprobeTask task)
    {
        ReturnInstances instances = task.ReturnInstances;
        bool any = false;
        for (int i = 0; i < instances.Depth; i++)
        {
            any |= TrySuspend(task, instances[i]);
        }

        foreach (ReturnInstance parked in instances.Parked)
        {
            any |= TrySuspend(task, parked);
        }

        if (any)
        {
            instances.NoteSuspension(task.Context.Registers.rsp);
        }
    }

    /// <summary>Replaces return addresses again if the thread has left the unwinder.</summary>
    public static void TryResume(UprobeTask task)
    {
        ReturnInstances instances = task.ReturnInstances;
        ulong sp = task.Context.Registers.rsp;
        if (sp < instances.SuspendedAt)
        {
            return;
        }

        instances.EndSuspension();

        // The outermost first: the one that a tail call shares its return address with goes before it.
        for (int i = 0; i < instances.Depth;)
        {
            ReturnInstance instance = instances[i];
            if (instance.IsSuspended && !(instance.StackVaddr >= sp && TryReplace(task, instance)))
            {
                instances.Take(instance);
            }
            else
            {
                i++;
            }
        }

        foreach (ReturnInstance parked in instances.Parked)
        {
            if (parked.IsSuspended)
            {
                _ = TryReplace(task, parked);
            }
        }
    }

    private static bool TrySuspend(UprobeTask task, ReturnInstance instance)
    {
        if (instance.AtSites || instance.IsSuspended)
        {
            return false;
        }

        HijackedStack.Restore(task, instance);
        instance.IsSuspended = true;
        return true;
    }

    private static bool TryReplace(UprobeTask task, ReturnInstance instance)
    {
        instance.IsSuspended = false;
        ulong trampoline = task.Mm.Areas.TrampolineVaddr;
        return StackWord.TryRead(task, instance.StackVaddr, out ulong word)
            && (word == trampoline || (word == instance.OrigRetVaddr && HijackedStack.TryReplace(task, instance.StackVaddr, word)));
    }
}
