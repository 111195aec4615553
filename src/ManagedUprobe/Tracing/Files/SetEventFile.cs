using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>set_event: enables and disables events by name, a word a write.</summary>
internal sealed class SetEventFile(TraceArray array) : TraceFile("set_event", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() =>
        string.Concat(array.EventsNewestFirst.Where(file => file.IsInPlace).Select(file => file.Call.FullName + "\n"));

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        string text = KernelText.FromBytes(data);
        int start = 0;
        while (start < text.Length && KernelText.IsSpace(text[start]))
        {
            start++;
        }

        int end = start;
        while (end < text.Length && !KernelText.IsSpace(text[end]))
        {
            end++;
        }

        if (end > start)
        {
            Switch(text[start..end]);
        }

        // The white space behind the word is consumed with it.
        return Math.Min(end + 1, text.Length);
    }

    /// <inheritdoc/>
    public override void Truncate()
    {
        lock (array.EventMutex)
        {
            EventsEnableFile.SwitchAll(array.EventsNewestFirst, enable: false);
        }
    }

    private void Switch(string word)
    {
        bool enable = word[0] != '!';
        lock (array.EventMutex)
        {
            var matches = Matches(enable ? word : word[1..]).ToList();
            if (matches.Count == 0)
            {
                throw new UprobeException(Errno.EINVAL, $"No event is called {KernelText.ToUnicode(word)}");
            }

            EventsEnableFile.SwitchAll(matches, enable);
        }
    }

    private IEnumerable<TraceEventFile> Matches(string name)
    {
        string[] parts = name.Split(':', 2);
        return parts.Length == 1
            ? array.EventsNewestFirst.Where(file => file.Call.Name == name || file.Call.Group == name)
            : array.EventsNewestFirst.Where(file => IsAny(parts[0], file.Call.Group) && IsAny(parts[1], file.Call.Name));
    }

    private static bool IsAny(string pattern, string name) => pattern is "" or "*" || pattern == name;
}
