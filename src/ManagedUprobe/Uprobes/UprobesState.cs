using System;
using System.Collections.Generic;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes;

/// <summary>What the parts of the engine share: the uprobes, the address spaces, the options. Tracer thread.</summary>
internal sealed class UprobesState
{
    private readonly Action<string>? _log;

    public UprobesState(bool singleStep, Action<string>? log)
    {
        SingleStep = singleStep;
        _log = log;
    }

    /// <summary>All uprobes.</summary>
    public UprobesTree Tree { get; } = new();

    /// <summary>All traced address spaces.</summary>
    public List<AddressSpace> AddressSpaces { get; } = [];

    /// <summary>Puts bytes back when we are killed.</summary>
    public Watcher? Watcher { get; set; }

    /// <summary>Whether displaced instructions are single-stepped in their slot instead of boosted.</summary>
    public bool SingleStep { get; }

    /// <summary>Whether return addresses are replaced: unwinders must be watched.</summary>
    public bool ReplacesReturnAddresses { get; set; }

    /// <summary>Whether the session is leaving its targets: consumers are told of nothing any more.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Whether anybody listens to <see cref="Log"/>.</summary>
    public bool IsVerbose => _log != null;

    /// <summary>Tells the user what was attached, placed, missed.</summary>
    public void Log(string message) => _log?.Invoke(message);
}
