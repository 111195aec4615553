using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>Carries out what is written to a trigger file. Under <see cref="TraceArray.EventMutex"/>.</summary>
/// <param name="file">The event.</param>
internal sealed class TriggerWriter(TraceEventFile file)
{
    /// <summary>One write.</summary>
    /// <exception cref="UprobeException">What it fails with.</exception>
    public void Write(string text)
    {
        var command = TriggerCommand.Parse(text);
        switch (command.Name)
        {
            case "traceon" or "traceoff":
                WriteSimple(command, new TraceSwitchTrigger(file.Array, command.Name == "traceon"));
                break;
            case "enable_event" or "disable_event":
                WriteEnable(command);
                break;
            default:
                throw new UprobeException(Errno.EINVAL, $"There is no trigger of the name '{KernelText.ToUnicode(command.Name)}'");
        }
    }

    private void WriteSimple(TriggerCommand command, EventTrigger trigger)
    {
        (string? param, string? condition) = command.SplitOptionalParam();
        AddOrRemove(command, trigger, param, condition);
    }

    private void WriteEnable(TriggerCommand command)
    {
        (string? param, string? condition) = command.SplitParam();
        string[] parts = (param ?? "").Split(':', 3);
        if (parts.Length < 2 || file.Array.Find(parts[0], parts[1]) is not { } target)
        {
            throw new UprobeException(Errno.EINVAL, "There is no such event to enable or disable");
        }

        AddOrRemove(command, new EnableEventTrigger(target, command.Name == "enable_event"), parts.Length > 2 ? parts[2] : null, condition);
    }

    private void AddOrRemove(TriggerCommand command, EventTrigger trigger, string? count, string? condition)
    {
        if (command.Removes)
        {
            file.Triggers.Remove(trigger);
            return;
        }

        trigger.Count = TriggerCommand.ParseCount(count);
        trigger.Filter = ParseFilter(condition);
        file.Triggers.Add(trigger);
    }

    private EventFilter? ParseFilter(string? condition)
    {
        if (TriggerCommand.ParseIf(condition) is not { } filter)
        {
            return null;
        }

        try
        {
            return EventFilter.Parse(filter, file.Call.Fields);
        }
        catch (UprobeException error)
        {
            file.Array.ErrorLog.AddFilter(error);
            throw;
        }
    }
}
