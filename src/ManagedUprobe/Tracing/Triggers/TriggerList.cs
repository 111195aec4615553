using System.Collections.Immutable;
using System.Linq;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>The triggers of an event at one moment. Immutable; what they do is not.</summary>
internal sealed class TriggerList
{
    private readonly EventTrigger[] _triggers;

    private TriggerList(ImmutableArray<EventTrigger> triggers)
    {
        All = triggers;
        _triggers = [.. triggers];
        IsConditional = triggers.Any(trigger => trigger.Filter != null || trigger.IsPost || trigger.NeedsRecord);
    }

    /// <summary>No triggers.</summary>
    public static TriggerList None { get; } = new([]);

    /// <summary>All, in the order of the file.</summary>
    public ImmutableArray<EventTrigger> All { get; }

    /// <summary>Whether some of them must see the record, or what has become of it: then a record is made of every hit.</summary>
    public bool IsConditional { get; }

    /// <summary>With one more.</summary>
    public TriggerList With(EventTrigger trigger) => new(trigger.IsListedLast ? All.Add(trigger) : All.Insert(0, trigger));

    /// <summary>With one less.</summary>
    public TriggerList Without(EventTrigger trigger) => new(All.Remove(trigger));

    /// <summary>Fires all without looking at a record.</summary>
    public void FireAll()
    {
        foreach (EventTrigger trigger in _triggers)
        {
            if (!trigger.IsPaused)
            {
                trigger.Fire(default);
            }
        }
    }

    /// <summary>Fires those whose filters match.</summary>
    /// <returns>The kinds that want to act when it is known what becomes of the record.</returns>
    public TriggerTypes Fire(in TriggerHit hit)
    {
        TriggerTypes post = TriggerTypes.None;
        foreach (EventTrigger trigger in _triggers)
        {
            if (trigger.IsPaused || trigger.Filter?.Matches(hit.Input) == false)
            {
                continue;
            }

            if (trigger.IsPost)
            {
                post |= trigger.Type;
            }
            else
            {
                trigger.Fire(in hit);
            }
        }

        return post;
    }

    /// <summary>Fires those kinds that wanted to wait.</summary>
    public void FirePost(TriggerTypes kinds, in TriggerHit hit)
    {
        if (kinds == TriggerTypes.None)
        {
            return;
        }

        foreach (EventTrigger trigger in _triggers)
        {
            if (!trigger.IsPaused && (trigger.Type & kinds) != 0)
            {
                trigger.Fire(in hit);
            }
        }
    }
}
