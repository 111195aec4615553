using System.Threading;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Buffers;

namespace ManagedUprobe.Tracing;

internal sealed partial class TraceArray
{
    private readonly SavedCmdlines _cmdlines = new();
    private TraceBuffer? _buffer;
    private volatile bool _isOver;
    private volatile TraceClock _clock = TraceClock.Local;
    private volatile TracePidList? _eventPids;
    private volatile TracePidList? _notracePids;
    private int _options = (int)TraceOptionNames.Defaults;

    /// <summary>What was recorded; null as long as nobody wants a buffer.</summary>
    public TraceBuffer? Buffer => Volatile.Read(ref _buffer);

    /// <summary>Names of the threads that were recorded.</summary>
    public SavedCmdlines Cmdlines => _cmdlines;

    /// <summary>Whether nothing more will be recorded, because nothing is traced any longer. Those who wait for records are woken.</summary>
    public bool IsOver
    {
        get => _isOver;
        set
        {
            _isOver = value;
            Buffer?.WakeReaders();
        }
    }

    /// <summary>trace_clock: where the times of records come from. Another clock empties the buffer.</summary>
    public TraceClock Clock
    {
        get => _clock;
        set
        {
            _clock = value;
            Buffer?.Clear();
            Snapshot?.Clear();
        }
    }

    /// <summary>set_event_pid: if there is such a list, only these threads are recorded.</summary>
    public TracePidList? EventPids
    {
        get => _eventPids;
        set => _eventPids = value;
    }

    /// <summary>set_event_notrace_pid: threads that are not recorded.</summary>
    public TracePidList? NotracePids
    {
        get => _notracePids;
        set => _notracePids = value;
    }

    /// <summary>How lines look now.</summary>
    public TraceLineStyle Style => new()
    {
        ContextInfo = Has(TraceOption.ContextInfo),
        IrqInfo = Has(TraceOption.IrqInfo),
        RecordTgid = Has(TraceOption.RecordTgid),
        TimeIsNanoseconds = Clock.IsNanoseconds,
    };

    /// <summary>The options that are on.</summary>
    public TraceOption Options => (TraceOption)Volatile.Read(ref _options);

    /// <summary>Whether an option is on.</summary>
    public bool Has(TraceOption option) => (Options & option) != 0;

    /// <summary>Turns an option on or off.</summary>
    public void Set(TraceOption option, bool on)
    {
        _ = on ? Interlocked.Or(ref _options, (int)option) : Interlocked.And(ref _options, ~(int)option);
        if (option == TraceOption.Overwrite && Buffer is { } buffer)
        {
            buffer.Overwrite = on;
        }
    }

    /// <summary>Makes the buffer, if there is none yet; from now on hits are kept in it.</summary>
    public TraceBuffer StartBuffer()
    {
        if (Buffer is { } there)
        {
            return there;
        }

        var buffer = new TraceBuffer(PossibleCpus.Count) { Overwrite = Has(TraceOption.Overwrite) };
        return Interlocked.CompareExchange(ref _buffer, buffer, null) ?? buffer;
    }

    /// <summary>Whether hits of this thread are recorded. Tracer thread.</summary>
    public bool Takes(int tid) => _eventPids?.Contains(tid) != false && _notracePids?.Contains(tid) != true;

    /// <summary>A thread has a child, which is another thread or process. Tracer thread.</summary>
    public void OnBirth(int parent, int child)
    {
        if (Has(TraceOption.EventFork))
        {
            lock (EventPidsLock)
            {
                EventPids = EventPids?.WithChild(parent, child);
                NotracePids = NotracePids?.WithChild(parent, child);
            }
        }
    }

    /// <summary>A thread has ended. Tracer thread.</summary>
    public void OnEnd(int tid)
    {
        if (Has(TraceOption.EventFork))
        {
            lock (EventPidsLock)
            {
                EventPids = EventPids?.Without(tid);
                NotracePids = NotracePids?.Without(tid);
            }
        }
    }

    /// <summary>Keeps a record in the buffer, if there is one. Tracer thread; allocates nothing.</summary>
    public void Keep(TraceRecord record)
    {
        if (Buffer is not { } buffer)
        {
            return;
        }

        ref readonly TraceRecordHeader header = ref record.Header;
        if (Has(TraceOption.RecordCmd))
        {
            _cmdlines.Save(header.ThreadId, Has(TraceOption.RecordTgid) ? header.ProcessId : 0, header.CommBytes);
        }

        buffer.Write(record);
    }

    /// <summary>Held, never for long, while the lists of threads change.</summary>
    public Lock EventPidsLock { get; } = new();
}
