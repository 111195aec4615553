using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>Awaited returns across the threads of one address space: stacks may move between threads, and outlive the one that made the call. Tracer thread.</summary>
/// <param name="users">The processes that use the address space; the owner's list.</param>
internal sealed class SharedReturns(List<ThreadGroup> users)
{
    /// <summary>Awaited calls of threads that have ended.</summary>
    public ReturnInstances Left { get; } = new();

    /// <summary>The awaited call whose return address is at <paramref name="sp"/>: the task's own, else another thread's.</summary>
    /// <param name="task">The thread that returns.</param>
    /// <param name="sp">Where the return address is.</param>
    /// <param name="owners">As for <see cref="ReturnInstances.Find"/>.</param>
    /// <param name="owner">The list that holds it.</param>
    public ReturnInstance? Find(UprobeTask task, ulong sp, UprobeNode? owners, out ReturnInstances? owner)
    {
        owner = task.ReturnInstances;
        if (owner.Find(sp, owners) is { } own)
        {
            return own;
        }

        foreach (ThreadGroup group in users)
        {
            foreach (UprobeTask other in group.Tasks)
            {
                if (other != task && other.ReturnInstances.Find(sp, owners) is { } found)
                {
                    owner = other.ReturnInstances;
                    return found;
                }
            }
        }

        ReturnInstance? left = Left.Find(sp, owners);
        owner = left == null ? null : Left;
        return left;
    }

    /// <summary>A thread ends, others go on: calls that it began may return in them.</summary>
    public void Adopt(UprobeTask ended)
    {
        Left.Adopt(ended.ReturnInstances);
        if (Left.HasManyParked)
        {
            HijackedStack.Prune(ended, Left);
        }
    }

    /// <summary>Whether any thread is inside a call of a function, awaited at its return instructions.</summary>
    public bool Awaits(UprobeNode function)
    {
        foreach (ThreadGroup group in users)
        {
            foreach (UprobeTask task in group.Tasks)
            {
                if (task.ReturnInstances.Awaits(function))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
