using System;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Histograms;
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
            case "snapshot":
                WriteSimple(command, new SnapshotTrigger(file.Array));
                break;
            case "stacktrace":
                WriteSimple(command, new StackTraceTrigger(file.Array));
                break;
            case "enable_event" or "disable_event" or "enable_hist" or "disable_hist":
                WriteEnable(command);
                break;
            case "hist":
                new HistWriter(file, ParseFilter).Write(command);
                break;
            default:
                throw new UprobeException(Errno.EINVAL, $"There is no trigger of the name '{KernelText.ToUnicode(command.Name)}'");
        }
    }

    /// <summary>Removes the histograms, which alone do not outlive an open with O_TRUNC.</summary>
    public void RemoveHistograms() => new HistWriter(file, ParseFilter).RemoveAll();

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

        bool enables = command.Name.StartsWith("enable", StringComparison.Ordinal);
        EventTrigger trigger = command.Name.EndsWith("hist", StringComparison.Ordinal)
            ? new EnableHistTrigger(target, enables)
            : new EnableEventTrigger(target, enables);
        AddOrRemove(command, trigger, parts.Length > 2 ? parts[2] : null, condition);
    }

    private void AddOrRemove(TriggerCommand command, EventTrigger trigger, string? count, string? condition)
    {
        if (command.Removes)
        {
            file.Triggers.Remove(trigger);
            return;
        }

        trigger.Count = TriggerCommand.ParseCount(count);
        trigger.Filter = TriggerCommand.ParseIf(condition) is { } filter ? ParseFilter(filter) : null;
        file.Triggers.Add(trigger);
    }

    private EventFilter ParseFilter(string filter)
    {
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
