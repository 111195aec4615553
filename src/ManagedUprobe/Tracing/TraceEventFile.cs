using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Triggers;

namespace ManagedUprobe.Tracing;

/// <summary>An event where it is enabled, filtered and triggered (trace_event_file).</summary>
/// <remarks>Changed under <see cref="TraceArray.EventMutex"/>; the flags may be read by anybody, and the tracer thread changes SoftDisabled.</remarks>
internal sealed class TraceEventFile
{
    private readonly IProbePlacer _placer;
    private ImmutableDictionary<TraceUprobe, IPlacedProbe> _placed = ImmutableDictionary<TraceUprobe, IPlacedProbe>.Empty;
    private int _flags;
    private int _softModeUsers;

    /// <summary>Creates the state of an event that is off.</summary>
    public TraceEventFile(TraceArray array, TraceEventCall call, IProbePlacer placer)
    {
        Array = array;
        Call = call;
        Triggers = new EventTriggers(this);
        _placer = placer;
    }

    /// <summary>Where its hits are recorded.</summary>
    public TraceArray Array { get; }

    /// <summary>The event.</summary>
    public TraceEventCall Call { get; }

    /// <summary>What it records.</summary>
    public FilterFile Filter { get; } = new();

    /// <summary>What else happens at a hit.</summary>
    public EventTriggers Triggers { get; }

    /// <summary>Its state.</summary>
    public EventFlags Flags => (EventFlags)Volatile.Read(ref _flags);

    /// <summary>Whether its probes are in place, recording or not.</summary>
    public bool IsInPlace => Flags.HasFlag(EventFlags.Enabled);

    /// <summary>Whether hits are recorded: it is in place, and no trigger alone keeps it there.</summary>
    public bool IsRecording => (Flags & (EventFlags.Enabled | EventFlags.SoftDisabled)) == EventFlags.Enabled;

    /// <summary>Whether it cannot be deleted.</summary>
    public bool IsBusy => IsInPlace || _softModeUsers > 0;

    /// <summary>Whether it was ever in place: there may be records of it.</summary>
    public bool WasEnabled { get; private set; }

    /// <summary>Text of the enable file, without its newline.</summary>
    public string EnableText =>
        (IsRecording ? "1" : "0") + ((Flags & (EventFlags.SoftMode | EventFlags.SoftDisabled)) != 0 ? "*" : "");

    /// <summary>Returns of a probe that could not be tracked, since it was placed. Any thread.</summary>
    public long MissesOf(TraceUprobe probe) => Volatile.Read(ref _placed).TryGetValue(probe, out IPlacedProbe? placed) ? placed.Misses : 0;

    /// <summary>Turns it on: its probes are placed, unless they are in place already.</summary>
    /// <exception cref="UprobeException">A probe cannot be placed; none is, then.</exception>
    public void Enable()
    {
        if (!IsInPlace)
        {
            PlaceAll();
        }

        SetFlags((Flags | EventFlags.Enabled) & ~EventFlags.SoftDisabled);
    }

    /// <summary>Turns it on, with the siblings that came after it was.</summary>
    /// <exception cref="UprobeException">A probe cannot be placed; none is that was not before.</exception>
    public void EnableWithNewSiblings()
    {
        PlaceAll();
        Enable();
    }

    /// <summary>Turns it on or off.</summary>
    /// <exception cref="UprobeException">A probe cannot be placed; none is, then.</exception>
    public void Switch(bool on)
    {
        if (on)
        {
            Enable();
        }
        else
        {
            Disable();
        }
    }

    /// <summary>Turns it off; a trigger that wants it in place keeps it there, recording nothing.</summary>
    public void Disable()
    {
        bool soft = Flags.HasFlag(EventFlags.SoftMode);
        if (!soft)
        {
            TakeAllAway();
        }

        SetFlags(soft ? Flags | EventFlags.SoftDisabled : EventFlags.None);
    }

    /// <summary>A trigger wants it in place from now on.</summary>
    /// <exception cref="UprobeException">A probe cannot be placed; nothing has changed, then.</exception>
    public void EnableSoftly()
    {
        if (_softModeUsers == 0 && !IsInPlace)
        {
            PlaceAll();
            SetFlags(EventFlags.Enabled | EventFlags.SoftMode | EventFlags.SoftDisabled);
        }

        _softModeUsers++;
        SetFlags(Flags | EventFlags.SoftMode);
    }

    /// <summary>A trigger does not want it in place any longer.</summary>
    public void DisableSoftly()
    {
        if (--_softModeUsers > 0)
        {
            return;
        }

        bool recording = IsRecording;
        if (!recording)
        {
            TakeAllAway();
        }

        SetFlags(recording ? EventFlags.Enabled : EventFlags.None);
    }

    /// <summary>Starts or ends recording while a trigger holds the event; any thread.</summary>
    public void SetSoftDisabled(bool disabled) =>
        _ = disabled
            ? Interlocked.Or(ref _flags, (int)EventFlags.SoftDisabled)
            : Interlocked.And(ref _flags, ~(int)EventFlags.SoftDisabled);

    /// <summary>A probe has been deleted.</summary>
    public void Remove(TraceUprobe probe)
    {
        Call.Remove(probe);
        TakeAway(probe);
        if (Call.Probes.IsEmpty)
        {
            _softModeUsers = 0;
            SetFlags(EventFlags.None);
        }
    }

    private void SetFlags(EventFlags flags)
    {
        WasEnabled |= flags.HasFlag(EventFlags.Enabled);
        Volatile.Write(ref _flags, (int)flags);
        Array.Table.SetBusy(Call.Group, Call.Name, IsBusy);
    }

    private void PlaceAll()
    {
        var done = new List<TraceUprobe>();
        try
        {
            foreach (TraceUprobe probe in Call.Probes.Where(probe => !_placed.ContainsKey(probe)))
            {
                Volatile.Write(ref _placed, _placed.Add(probe, _placer.Place(probe, this)));
                done.Add(probe);
            }
        }
        catch
        {
            done.ForEach(TakeAway);
            throw;
        }
    }

    private void TakeAllAway()
    {
        foreach (TraceUprobe probe in _placed.Keys.ToList())
        {
            TakeAway(probe);
        }
    }

    private void TakeAway(TraceUprobe probe)
    {
        if (_placed.TryGetValue(probe, out IPlacedProbe? placed))
        {
            Volatile.Write(ref _placed, _placed.Remove(probe));
            placed.Dispose();
        }
    }
}
