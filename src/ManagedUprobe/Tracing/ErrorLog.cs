using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing;

/// <summary>What error_log shows: the last errors in commands, oldest first. Any thread.</summary>
internal sealed class ErrorLog
{
    private const int Capacity = 8;
    private const string Prefix = "  Command: ";

    private readonly Lock _lock = new();
    private readonly Queue<string> _entries = [];

    /// <summary>The whole text, one byte a character.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return string.Concat(_entries);
            }
        }
    }

    /// <summary>Logs an error of a probe definition, if it is one that is logged.</summary>
    public void Add(UprobeException error)
    {
        if (error is { Command: { } command, Position: >= 0 })
        {
            Add("trace_uprobe", error.Message, command, error.Position);
        }
    }

    /// <summary>Logs an error of a filter; those that are about no place in it stand at its start.</summary>
    public void AddFilter(UprobeException error)
    {
        if (error.Command is { } filter)
        {
            Add("event filter parse error", error.Position < 0 ? "Error" : error.Message, filter, Math.Max(error.Position, 0));
        }
    }

    /// <summary>Logs an error.</summary>
    /// <param name="location">Whose error it is.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="command">The command, one byte a character.</param>
    /// <param name="position">Column of the caret, from 0.</param>
    public void Add(string location, string message, string command, int position)
    {
        long microseconds = MonotonicClock.Now / 1000;
        var entry = new StringBuilder();
        _ = entry.Append(CultureInfo.InvariantCulture, $"[{microseconds / 1_000_000,5}.{microseconds % 1_000_000:d6}] ")
            .Append(location).Append(": error: ").Append(message).Append('\n')
            .Append(Prefix).Append(command).Append('\n')
            .Append(' ', Prefix.Length + position).Append("^\n");
        lock (_lock)
        {
            if (_entries.Count == Capacity)
            {
                _ = _entries.Dequeue();
            }

            _entries.Enqueue(entry.ToString());
        }
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
        }
    }
}
