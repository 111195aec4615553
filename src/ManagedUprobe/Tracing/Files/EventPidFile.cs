using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Files;

/// <summary>set_event_pid and set_event_notrace_pid.</summary>
/// <param name="array">Whose.</param>
/// <param name="notrace">Which of the two.</param>
internal sealed class EventPidFile(TraceArray array, bool notrace)
    : TraceFile(notrace ? "set_event_notrace_pid" : "set_event_pid", ReadWrite)
{
    private TracePidList? List
    {
        get => notrace ? array.NotracePids : array.EventPids;
        set
        {
            if (notrace)
            {
                array.NotracePids = value;
            }
            else
            {
                array.EventPids = value;
            }
        }
    }

    /// <inheritdoc/>
    public override string Read() => List?.Text ?? "";

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        lock (array.EventPidsLock)
        {
            List = TracePidList.Write(List, KernelText.FromBytes(data));
        }

        return data.Length;
    }

    /// <inheritdoc/>
    public override void Truncate()
    {
        lock (array.EventPidsLock)
        {
            List = null;
        }
    }
}
