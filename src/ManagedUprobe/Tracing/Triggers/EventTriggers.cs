using System.Linq;
using System.Threading;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>The triggers of one event. Changed under <see cref="TraceArray.EventMutex"/>; any thread may read the list.</summary>
/// <param name="file">The event.</param>
internal sealed class EventTriggers(TraceEventFile file)
{
    private const string NoTriggers =
        """
        # Available triggers:
        # traceon traceoff snapshot stacktrace enable_event disable_event enable_hist disable_hist hist

        """;

    private TriggerList _list = TriggerList.None;

    /// <summary>The triggers now.</summary>
    public TriggerList List => Volatile.Read(ref _list);

    /// <summary>What the trigger file shows, one byte a character.</summary>
    public string Text => List.All.IsEmpty ? NoTriggers : string.Concat(List.All.Select(trigger => trigger.Line + "\n"));

    /// <summary>Adds a trigger, and keeps the event in place as long as it is there.</summary>
    /// <exception cref="UprobeException">EEXIST: there is one of its kind. Others: the event cannot be placed.</exception>
    public void Add(EventTrigger trigger)
    {
        if (List.All.Any(trigger.Excludes))
        {
            throw new UprobeException(Errno.EEXIST, "The event has a trigger of this kind");
        }

        trigger.OnAdded();
        Volatile.Write(ref _list, List.With(trigger));
        try
        {
            file.EnableSoftly();
        }
        catch
        {
            Volatile.Write(ref _list, List.Without(trigger));
            trigger.OnRemoved();
            throw;
        }
    }

    /// <summary>Removes the trigger that would be in the way of <paramref name="example"/>, if there is one.</summary>
    public void Remove(EventTrigger example)
    {
        if (List.All.FirstOrDefault(example.Excludes) is { } trigger)
        {
            Volatile.Write(ref _list, List.Without(trigger));
            file.DisableSoftly();
            trigger.OnRemoved();
        }
    }
}
