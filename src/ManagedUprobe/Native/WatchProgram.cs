using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ManagedUprobe.Native;

/// <summary>The command line of the program that the watcher executes when the tracer is dead: fixed arguments, then the ids of the targets.</summary>
/// <remarks>At every instant it is a list that can be executed. Targets that come when it is full are not in it.</remarks>
internal sealed unsafe class WatchProgram : IDisposable
{
    private const int MaxTargets = 256;
    private const int MaxDigits = 12;

    private readonly List<nint> _allocations = [];
    private readonly List<int> _pids = [];
    private readonly byte** _arguments;
    private readonly int _first;

    /// <summary>Prepares a command line without targets.</summary>
    public WatchProgram(string path, IReadOnlyList<string> arguments)
    {
        Path = (ulong)Text(path);
        _first = arguments.Count;
        _arguments = (byte**)Allocate((_first + MaxTargets + 1) * sizeof(byte*));
        for (int i = 0; i < _first; i++)
        {
            _arguments[i] = Text(arguments[i]);
        }
    }

    /// <summary>Address of the path.</summary>
    public ulong Path { get; }

    /// <summary>Address of the arguments.</summary>
    public ulong Arguments => (ulong)_arguments;

    /// <summary>Address of an empty list.</summary>
    public ulong Environment => (ulong)(_arguments + _first + MaxTargets);

    /// <summary>Whether there is any target.</summary>
    public bool HasTargets => _pids.Count > 0;

    /// <summary>Adds a target.</summary>
    public void Add(int pid)
    {
        if (_pids.Count < MaxTargets - 1 && !_pids.Contains(pid))
        {
            // Its place is the end of the list until now.
            byte* text = (byte*)NativeMemory.AllocZeroed(MaxDigits);
            _ = pid.TryFormat(new Span<byte>(text, MaxDigits - 1), out _, provider: CultureInfo.InvariantCulture);
            _arguments[_first + _pids.Count] = text;
            _pids.Add(pid);
        }
    }

    /// <summary>Takes a target out.</summary>
    public void Remove(int pid)
    {
        int index = _pids.IndexOf(pid);
        if (index >= 0)
        {
            int last = _pids.Count - 1;
            byte* text = _arguments[_first + index];
            _arguments[_first + index] = _arguments[_first + last];
            _arguments[_first + last] = null;
            _pids[index] = _pids[last];
            _pids.RemoveAt(last);
            NativeMemory.Free(text);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _pids.Count; i++)
        {
            NativeMemory.Free(_arguments[_first + i]);
        }

        foreach (nint allocation in _allocations)
        {
            NativeMemory.Free((void*)allocation);
        }

        _pids.Clear();
        _allocations.Clear();
    }

    private byte* Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte* copy = Allocate(bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    private byte* Allocate(int size)
    {
        void* memory = NativeMemory.AllocZeroed((nuint)size);
        _allocations.Add((nint)memory);
        return (byte*)memory;
    }
}
