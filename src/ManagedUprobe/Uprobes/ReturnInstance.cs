using System;

namespace ManagedUprobe.Uprobes;

/// <summary>One call whose return is awaited (the kernel's struct return_instance). Pooled: instances are reused.</summary>
internal sealed class ReturnInstance
{
    private UprobeRegistration?[] _consumers = [];
    private ulong[] _cookies = [];
    private Memory<byte>[] _data = [];

    /// <summary>The probed function's uprobe.</summary>
    public UprobeNode? Node { get; private set; }

    /// <summary>Address of the probed instruction.</summary>
    public ulong FuncVaddr { get; private set; }

    /// <summary>Stack pointer at entry: where the return address is.</summary>
    public ulong StackVaddr { get; private set; }

    /// <summary>The return address that belongs there.</summary>
    public ulong OrigRetVaddr { get; private set; }

    /// <summary>Whether the word was replaced already: a tail call from a probed function.</summary>
    public bool Chained { get; private set; }

    /// <summary>Whether the return is awaited at the function's return instructions: the word on the stack is as the program left it.</summary>
    public bool AtSites { get; private set; }

    /// <summary>Whether the program's own return address is back for the time of an unwinding.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Consumers whose entry handler wants the return.</summary>
    public int SessionCount { get; private set; }

    /// <summary>Makes this the instance of a new call.</summary>
    public void Set(UprobeNode node, ulong funcVaddr, ulong stackVaddr, ulong origRetVaddr, bool chained, bool atSites)
    {
        Node = node;
        FuncVaddr = funcVaddr;
        StackVaddr = stackVaddr;
        OrigRetVaddr = origRetVaddr;
        Chained = chained;
        AtSites = atSites;
        IsSuspended = false;
        SessionCount = 0;
    }

    /// <summary>Remembers that a consumer wants the return, with what its entry handler left for it.</summary>
    public void AddSession(UprobeRegistration registration, ulong cookie, ReadOnlySpan<byte> data)
    {
        if (SessionCount == _consumers.Length)
        {
            int capacity = Math.Max(2, SessionCount * 2);
            Array.Resize(ref _consumers, capacity);
            Array.Resize(ref _cookies, capacity);
            Array.Resize(ref _data, capacity);
        }

        _consumers[SessionCount] = registration;
        _cookies[SessionCount] = cookie;
        if (_data[SessionCount].Length != data.Length)
        {
            _data[SessionCount] = new byte[data.Length];
        }

        data.CopyTo(_data[SessionCount].Span);
        SessionCount++;
    }

    /// <summary>What a consumer's entry handler left; false when it did not ask for this return.</summary>
    public bool TryGetSession(UprobeRegistration registration, out ulong cookie, out Memory<byte> data)
    {
        int index = Array.IndexOf(_consumers, registration, 0, SessionCount);
        cookie = index < 0 ? 0 : _cookies[index];
        data = index < 0 ? default : _data[index];
        return index >= 0;
    }

    /// <summary>Becomes a copy of <paramref name="other"/> (fork).</summary>
    public void CopyFrom(ReturnInstance other)
    {
        Set(other.Node!, other.FuncVaddr, other.StackVaddr, other.OrigRetVaddr, other.Chained, other.AtSites);
        IsSuspended = other.IsSuspended;
        for (int i = 0; i < other.SessionCount; i++)
        {
            AddSession(other._consumers[i]!, other._cookies[i], other._data[i].Span);
        }
    }
}
