using System.Globalization;
using System.Threading;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>What happens at a hit of an event besides its being recorded (event_trigger_data).</summary>
/// <remarks>Made and removed under <see cref="TraceArray.EventMutex"/>; fires on the tracer thread.</remarks>
internal abstract class EventTrigger
{
    /// <summary>A count without end.</summary>
    public const long Unlimited = -1;

    private long _count = Unlimited;

    /// <summary>Kind.</summary>
    public abstract TriggerTypes Type { get; }

    /// <summary>How often it does something yet, <see cref="Unlimited"/> without end. Signed, as the kernel shows it: one below 0 never ends either.</summary>
    public long Count
    {
        get => Volatile.Read(ref _count);
        set => Volatile.Write(ref _count, value);
    }

    /// <summary>Which hits it is for; null for all.</summary>
    public EventFilter? Filter { get; set; }

    /// <summary>Whether it acts when the hit has been recorded, not before.</summary>
    public virtual bool IsPost => false;

    /// <summary>Whether it looks at the record.</summary>
    public virtual bool NeedsRecord => false;

    /// <summary>Whether it is at rest.</summary>
    public virtual bool IsPaused => false;

    /// <summary>Whether it stands in the list behind those that were there before.</summary>
    public virtual bool IsListedLast => false;

    /// <summary>Its line in the trigger file.</summary>
    public virtual string Line =>
        Name + (Count == Unlimited ? ":unlimited" : string.Create(CultureInfo.InvariantCulture, $":count={Count}"))
            + (Filter == null ? "" : " if " + Filter.Text);

    /// <summary>What its line starts with.</summary>
    protected abstract string Name { get; }

    /// <summary>Whether both cannot belong to one event, and whether one removes the other.</summary>
    public virtual bool Excludes(EventTrigger other) => Type == other.Type;

    /// <summary>It is about to be added to an event.</summary>
    /// <exception cref="UprobeException">What it needs cannot be had.</exception>
    public virtual void OnAdded()
    {
    }

    /// <summary>It has been removed.</summary>
    public virtual void OnRemoved()
    {
    }

    /// <summary>Acts on a hit. Tracer thread; no allocation.</summary>
    public abstract void Fire(in TriggerHit hit);

    /// <summary>Counts one action.</summary>
    /// <returns>False when there is none left.</returns>
    protected bool TakeOne()
    {
        long count = Count;
        if (count > 0 || count < Unlimited)
        {
            Count = unchecked(count - 1);
        }

        return count != 0;
    }
}
