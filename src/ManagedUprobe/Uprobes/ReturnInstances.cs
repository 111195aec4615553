namespace ManagedUprobe.Uprobes;

/// <summary>The stack of tracked calls of one thread, innermost last (the kernel's utask->return_instances).</summary>
internal sealed class ReturnInstances
{
    /// <summary>MAX_URETPROBE_DEPTH: calls nested deeper are not tracked.</summary>
    public const int MaxUretprobeDepth = 64;

    private ReturnInstance[] _instances = [];

    /// <summary>Tracked calls.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether one more call can be tracked.</summary>
    public bool IsFull => Depth == MaxUretprobeDepth;

    /// <summary>The innermost call. Precondition: there is one.</summary>
    public ReturnInstance Top => _instances[Depth - 1];

    /// <summary>The call at a depth, the outermost being 0.</summary>
    public ReturnInstance this[int index] => _instances[index];

    /// <summary>Adds an instance on top, to be filled.</summary>
    public ReturnInstance Push()
    {
        if (Depth == _instances.Length)
        {
            System.Array.Resize(ref _instances, Depth == 0 ? 4 : Depth * 2);
        }

        return _instances[Depth++] ??= new ReturnInstance();
    }

    /// <summary>Drops the innermost call.</summary>
    public void Pop() => Depth--;

    /// <summary>Drops all (exec).</summary>
    public void Clear() => Depth = 0;

    /// <summary>dup_utask: a forked child returns through the same replaced addresses.</summary>
    public void CopyFrom(ReturnInstances parent)
    {
        Clear();
        for (int i = 0; i < parent.Depth; i++)
        {
            Push().CopyFrom(parent[i]);
        }
    }

    /// <summary>cleanup_return_instances: drops calls that a longjmp has left behind, judged by the stack pointer at a new call.</summary>
    /// <param name="sp">Stack pointer at the new call.</param>
    /// <param name="chained">Whether the new call's return address is replaced already.</param>
    public void Cleanup(ulong sp, bool chained)
    {
        // A call is alive while its return address lies above the stack pointer (at a chained call: not below it).
        while (Depth > 0 && !(chained ? sp <= Top.StackVaddr : sp < Top.StackVaddr))
        {
            Pop();
        }
    }

    /// <summary>find_next_ret_chain: the depth of the innermost instance that does not belong to the chain on top; 0 when there is none.</summary>
    public int NextChainDepth()
    {
        int index = Depth - 1;
        while (index > 0 && _instances[index].Chained)
        {
            index--;
        }

        return index;
    }
}
