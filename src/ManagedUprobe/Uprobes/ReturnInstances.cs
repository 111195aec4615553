using System;
using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>The calls of one thread whose return is awaited, innermost last (the kernel's utask->return_instances).</summary>
/// <remarks>
/// The kernel forgets a call when a later one has a higher stack pointer: longjmp has left it behind. A thread that switches stacks looks the same, and its
/// calls do return. So such a call is parked: it does not count as nested any more, and is still found by its very stack pointer.
/// </remarks>
internal sealed class ReturnInstances
{
    /// <summary>MAX_URETPROBE_DEPTH: calls nested deeper are not tracked.</summary>
    public const int MaxUretprobeDepth = 64;

    private const int FirstParkedLimit = 64;
    private const int MaxParked = 4096;

    private readonly List<ReturnInstance> _parked = [];
    private readonly Stack<ReturnInstance> _free = [];
    private ReturnInstance[] _instances = [];
    private int _parkedLimit = FirstParkedLimit;

    /// <summary>Tracked calls, as the kernel would count them.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether one more call can be tracked.</summary>
    public bool IsFull => Depth == MaxUretprobeDepth;

    /// <summary>The innermost call. Precondition: there is one.</summary>
    public ReturnInstance Top => _instances[Depth - 1];

    /// <summary>Calls that are left behind, or are on another stack.</summary>
    public IReadOnlyList<ReturnInstance> Parked => _parked;

    /// <summary>Whether so many calls are parked that it should be looked which of them are alive.</summary>
    public bool HasManyParked => _parked.Count >= _parkedLimit;

    /// <summary>Stack pointer of the outermost unwinder for which return addresses were put back; 0 when they are replaced.</summary>
    public ulong SuspendedAt { get; private set; }

    /// <summary>The call at a depth, the outermost being 0.</summary>
    public ReturnInstance this[int index] => _instances[index];

    /// <summary>Adds an instance on top, to be filled.</summary>
    public ReturnInstance Push()
    {
        if (Depth == _instances.Length)
        {
            Array.Resize(ref _instances, Depth == 0 ? 4 : Depth * 2);
        }

        return _instances[Depth++] ??= new ReturnInstance();
    }

    /// <summary>Adds an instance that counts for no thread's depth, to be filled.</summary>
    public ReturnInstance AddParked()
    {
        ReturnInstance instance = New();
        _parked.Add(instance);
        return instance;
    }

    /// <summary>Drops all (exec).</summary>
    public void Clear()
    {
        Depth = 0;
        SuspendedAt = 0;
        _parked.Clear();
    }

    /// <summary>dup_utask: a forked child returns through the same addresses.</summary>
    public void CopyFrom(ReturnInstances parent)
    {
        Clear();
        SuspendedAt = parent.SuspendedAt;
        for (int i = 0; i < parent.Depth; i++)
        {
            Push().CopyFrom(parent[i]);
        }

        foreach (ReturnInstance parked in parent._parked)
        {
            ReturnInstance copy = New();
            copy.CopyFrom(parked);
            _parked.Add(copy);
        }
    }

    /// <summary>Return addresses were put back for an unwinder whose frame begins at <paramref name="sp"/>.</summary>
    public void NoteSuspension(ulong sp) => SuspendedAt = Math.Max(SuspendedAt, sp);

    /// <summary>Return addresses are replaced again.</summary>
    public void EndSuspension() => SuspendedAt = 0;

    /// <summary>cleanup_return_instances: parks calls that a longjmp seems to have left behind, judged by the stack pointer at a new call.</summary>
    /// <param name="sp">Stack pointer at the new call.</param>
    /// <param name="chained">Whether the new call's return address is replaced already.</param>
    public void Cleanup(ulong sp, bool chained)
    {
        // A call is alive while its return address lies above the stack pointer (at a chained call: not below it).
        while (Depth > 0 && !(chained ? sp <= Top.StackVaddr : sp < Top.StackVaddr))
        {
            Park();
        }
    }

    /// <summary>Takes over the calls of a thread that has ended: a stack that another thread goes on with may hold them.</summary>
    public void Adopt(ReturnInstances ended)
    {
        while (ended.Depth > 0)
        {
            ended.Park();
        }

        _parked.AddRange(ended._parked);
        ended._parked.Clear();
    }

    /// <summary>The call, innermost first, whose return address is at a stack pointer; null when none is tracked.</summary>
    /// <param name="sp">Where the return address is.</param>
    /// <param name="owners">A return instruction: calls of its functions are meant, awaited at sites. Null: calls with a replaced return address.</param>
    public ReturnInstance? Find(ulong sp, UprobeNode? owners)
    {
        for (int i = Depth - 1; i >= 0; i--)
        {
            if (IsAt(_instances[i], sp, owners))
            {
                return _instances[i];
            }
        }

        foreach (ReturnInstance parked in _parked)
        {
            if (IsAt(parked, sp, owners))
            {
                return parked;
            }
        }

        return null;
    }

    /// <summary>Whether any call of a function is awaited at its return instructions.</summary>
    public bool Awaits(UprobeNode function) =>
        Array.FindIndex(_instances, 0, Depth, instance => instance.AtSites && instance.Node == function) >= 0
        || _parked.Exists(instance => instance.AtSites && instance.Node == function);

    /// <summary>Takes an instance out; its contents stay until the next call is tracked.</summary>
    public void Take(ReturnInstance instance)
    {
        int index = Depth - 1;
        while (index >= 0 && _instances[index] != instance)
        {
            index--;
        }

        if (index >= 0)
        {
            Array.Copy(_instances, index + 1, _instances, index, --Depth - index);
            _instances[Depth] = instance;
        }
        else if (_parked.Remove(instance))
        {
            _free.Push(instance);
        }
    }

    /// <summary>Drops the parked calls that are not alive; of too many live ones the oldest.</summary>
    /// <param name="isAlive">Whether the return address is still where it was.</param>
    /// <param name="forget">Called for a live one that is dropped.</param>
    public void Prune(Predicate<ReturnInstance> isAlive, Action<ReturnInstance> forget)
    {
        for (int i = _parked.Count - 1; i >= 0; i--)
        {
            if (!isAlive(_parked[i]))
            {
                _free.Push(_parked[i]);
                _parked.RemoveAt(i);
            }
        }

        for (; _parked.Count >= MaxParked; _parked.RemoveAt(0))
        {
            forget(_parked[0]);
        }

        _parkedLimit = Math.Clamp(_parked.Count * 2, FirstParkedLimit, MaxParked);
    }

    private static bool IsAt(ReturnInstance instance, ulong sp, UprobeNode? owners) =>
        instance.StackVaddr == sp && (owners == null ? !instance.AtSites : instance.AtSites && owners.ReturnsFrom(instance.Node!));

    private void Park()
    {
        _parked.Add(Top);
        _instances[--Depth] = New();
    }

    private ReturnInstance New() => _free.TryPop(out ReturnInstance? free) ? free : new ReturnInstance();
}
