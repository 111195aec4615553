using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>The return addresses that were replaced on a thread's stacks.</summary>
internal static class HijackedStack
{
    /// <summary>The call that has just returned to the trampoline; null when none is tracked.</summary>
    /// <param name="task">The thread.</param>
    /// <param name="sp">Its stack pointer behind the return.</param>
    /// <param name="owner">The list that holds the call: another thread's, where a program moves its stacks between threads.</param>
    public static ReturnInstance? FindReturned(UprobeTask task, ulong sp, out ReturnInstances? owner) =>
        task.Mm.Returns.Find(task, unchecked(sp - (ulong)task.Mm.Mode.WordSize()), null, out owner) ?? FindBelow(task.ReturnInstances, sp, out owner);

    /// <summary>What belongs at <paramref name="sp"/>, where <paramref name="found"/> was read.</summary>
    public static ulong TrueAddress(UprobeTask task, ulong sp, ulong found) =>
        found != 0 && found == task.Mm.Areas.TrampolineVaddr && task.Mm.Returns.Find(task, sp, null, out _) is { } instance
            ? instance.OrigRetVaddr
            : found;

    /// <summary>Replaces a return address. The target's own note of the true one comes first: the tracer may be killed at any instant.</summary>
    public static bool TryReplace(UprobeTask task, ulong stackVaddr, ulong returnVaddr)
    {
        AddressSpace mm = task.Mm;
        bool noted = mm.Guard is not { } guard
            || ((!guard.NeedsNewReturns || guard.TryRenewReturns(mm)) && guard.TryAddReturn(stackVaddr, returnVaddr));
        return noted && StackWord.TryWrite(task, stackVaddr, mm.Areas.TrampolineVaddr);
    }

    /// <summary>Puts the true return addresses back on the stacks of a thread, or of the copy of a stack that a forked child has.</summary>
    public static void Restore(UprobeTask task)
    {
        Restore(task, task.ReturnInstances);
        Restore(task, task.Mm.Returns.Left);
    }

    /// <summary>Puts one return address back, if it is still replaced.</summary>
    public static void Restore(UprobeTask task, ReturnInstance instance)
    {
        if (task.Mm.Areas.TrampolineVaddr != 0 && instance is { AtSites: false, Chained: false } && StackWord.TryRead(task, instance.StackVaddr, out ulong word) && word == task.Mm.Areas.TrampolineVaddr)
        {
            _ = StackWord.TryWrite(task, instance.StackVaddr, instance.OrigRetVaddr);
        }
    }

    /// <summary>Drops the parked calls of a list that are not alive.</summary>
    /// <param name="task">A thread of the address space.</param>
    /// <param name="instances">The list.</param>
    public static void Prune(UprobeTask task, ReturnInstances instances) =>
        instances.Prune(instance => IsAlive(task, instance), instance => Forget(task, instance));

    /// <summary>Whether the return address of a call is still where it was.</summary>
    private static bool IsAlive(UprobeTask task, ReturnInstance instance) =>
        instance.Node!.Returns is { StacksMove: true }
        || (StackWord.TryRead(task, instance.StackVaddr, out ulong word)
        && (word == task.Mm.Areas.TrampolineVaddr || ((instance.AtSites || instance.IsSuspended) && word == instance.OrigRetVaddr)));

    // Alive, and too many: its return will not be seen.
    private static void Forget(UprobeTask task, ReturnInstance instance)
    {
        Restore(task, instance);
        foreach (UprobeRegistration registration in instance.Node!.Consumers)
        {
            if (registration.HasReturnHandler)
            {
                registration.CountMiss();
            }
        }
    }

    private static void Restore(UprobeTask task, ReturnInstances instances)
    {
        for (int i = 0; i < instances.Depth; i++)
        {
            Restore(task, instances[i]);
        }

        foreach (ReturnInstance parked in instances.Parked)
        {
            Restore(task, parked);
        }
    }

    // ret imm16 takes more than the address off the stack.
    private static ReturnInstance? FindBelow(ReturnInstances instances, ulong sp, out ReturnInstances? owner)
    {
        ReturnInstance? nearest = null;
        for (int i = 0; i < instances.Depth; i++)
        {
            nearest = Nearer(nearest, instances[i], sp);
        }

        foreach (ReturnInstance parked in instances.Parked)
        {
            nearest = Nearer(nearest, parked, sp);
        }

        owner = nearest == null ? null : instances;
        return nearest;
    }

    private static ReturnInstance? Nearer(ReturnInstance? nearest, ReturnInstance candidate, ulong sp) =>
        !candidate.AtSites && !candidate.IsSuspended && candidate.StackVaddr < sp && (nearest == null || candidate.StackVaddr > nearest.StackVaddr) ? candidate : nearest;
}
