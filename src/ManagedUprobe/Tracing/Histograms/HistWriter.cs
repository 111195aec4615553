using System;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Triggers;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Carries out hist commands. Under <see cref="TraceArray.EventMutex"/>.</summary>
/// <param name="file">The event.</param>
/// <param name="parseFilter">Parses a filter of the event, and logs what is wrong with it.</param>
internal sealed class HistWriter(TraceEventFile file, Func<string, EventFilter> parseFilter)
{
    /// <summary>One command.</summary>
    /// <exception cref="UprobeException">What it fails with.</exception>
    public void Write(TriggerCommand command)
    {
        string text = command.Rest ?? throw HistErrors.Silent(Errno.EINVAL, "A histogram needs keys");
        var errors = new HistErrors(file.Array.ErrorLog, $"hist:{file.Call.Group}:{file.Call.Name}", "hist:" + text);
        (string definitionText, string? filterText) = SplitFilter(text);
        HistDefinition definition = new HistParser(file.Call.Fields, errors).Parse(definitionText);
        EventFilter? filter = filterText == null ? null : parseFilter(filterText);
        Histogram? named = definition.Name == null ? null : FindNamed(definition, command.Removes ? null : errors);
        var trigger = new HistTrigger(definition, named ?? new Histogram(definition)) { Filter = filter };
        HistTrigger? existing = file.Triggers.List.All.OfType<HistTrigger>().FirstOrDefault(trigger.Excludes);
        if (command.Removes)
        {
            file.Triggers.Remove(trigger);
        }
        else if (existing == null)
        {
            Add(trigger, errors);
        }
        else
        {
            Update(existing.Histogram, definition.Action ?? throw errors.At("Hist trigger already exists", "", Errno.EEXIST));
        }
    }

    /// <summary>Removes all histograms of the event: what opening its trigger file with O_TRUNC does.</summary>
    public void RemoveAll()
    {
        foreach (HistTrigger trigger in file.Triggers.List.All.OfType<HistTrigger>())
        {
            file.Triggers.Remove(trigger);
        }
    }

    private void Add(HistTrigger trigger, HistErrors errors)
    {
        if (trigger.Definition.NeedsExisting)
        {
            throw errors.At("Can't clear or continue a nonexistent hist trigger", "", Errno.ENOENT);
        }

        file.Triggers.Add(trigger);
    }

    private static void Update(Histogram histogram, HistAction action)
    {
        if (action == HistAction.Clear)
        {
            histogram.Map.Clear();
        }
        else
        {
            histogram.IsPaused = action == HistAction.Pause;
        }
    }

    /// <summary>The histogram of a name, which has to be the same.</summary>
    private Histogram? FindNamed(HistDefinition definition, HistErrors? errors)
    {
        HistTrigger? named = file.Array.Events.SelectMany(each => each.Triggers.List.All).OfType<HistTrigger>()
            .FirstOrDefault(trigger => trigger.Definition.Name == definition.Name);
        return named == null || named.Definition.Identity == definition.Identity || errors == null
            ? named?.Histogram
            : throw errors.At(
                "Named hist trigger doesn't match existing named trigger (includes variables)", $"name={definition.Name}");
    }

    /// <summary>Splits off the filter: what follows the first <c>if</c> that stands alone.</summary>
    private static (string Definition, string? Filter) SplitFilter(string text)
    {
        for (int at = text.IndexOf("if", StringComparison.Ordinal); at >= 0; at = text.IndexOf("if", at + 1, StringComparison.Ordinal))
        {
            if (at > 0 && text[at - 1] is not (' ' or '\t'))
            {
                continue;
            }

            if (at == 0 || at + "if".Length >= text.Length - 1)
            {
                throw HistErrors.Silent(Errno.EINVAL, "A filter follows 'if'");
            }

            if (text[at + "if".Length] is ' ' or '\t')
            {
                return (new string(KernelText.Strip(text.AsSpan(0, at))), text[(at + "if".Length + 1)..]);
            }
        }

        return (text, null);
    }
}
