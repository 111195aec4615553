using System;
using System.Threading;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events.Filters;

/// <summary>What an event's <c>filter</c> file holds: a filter, none, or the report on one that was refused.</summary>
/// <remarks>One writer at a time; <see cref="Filter"/> may be read by any thread.</remarks>
internal sealed class FilterFile
{
    /// <summary>One more than the most bytes of a write.</summary>
    public const int PageSize = 4096;

    private const string NoFilter = "none\n";
    private const string BadGroupFilter = "Couldn't find or set field in one of a subsystem's events";

    private EventFilter? _filter;

    /// <summary>The filter that is in force; null when every hit passes.</summary>
    public EventFilter? Filter => Volatile.Read(ref _filter);

    /// <summary>What reading the file gives (one byte a character).</summary>
    public string Text { get; private set; } = NoFilter;

    /// <summary>One write to the file. After an error no filter is in force, and the file shows the error.</summary>
    /// <exception cref="UprobeException">What the write fails with; what error_log shows of it.</exception>
    public void Write(string text, FilterFields fields)
    {
        string filter = Clean(text);
        try
        {
            Set(filter, fields);
        }
        catch (UprobeException error)
        {
            SetReport(error);
            throw;
        }
    }

    /// <summary>One write to the group's file. A filter that does not fit this event shows as an error here, and fails nothing.</summary>
    /// <returns>What error_log shows of it; null when the filter fits.</returns>
    public UprobeException? WriteAsGroup(string text, FilterFields fields)
    {
        string filter = Clean(text);
        try
        {
            Set(filter, fields);
            return null;
        }
        catch (UprobeException)
        {
            UprobeException error = new FilterErrors(filter).InStructure(Errno.EINVAL, BadGroupFilter, 0);
            SetReport(error);
            return error;
        }
    }

    private void Set(string filter, FilterFields fields)
    {
        bool clears = KernelText.Strip(filter) is "0";
        EventFilter? parsed = clears ? null : EventFilter.Parse(filter, fields);
        Volatile.Write(ref _filter, parsed);
        Text = parsed == null ? NoFilter : parsed.Text + "\n";
    }

    private void SetReport(UprobeException error)
    {
        Volatile.Write(ref _filter, null);
        Text = FilterErrors.Report(error);
    }

    /// <summary>A write up to its first NUL, without white space at its end.</summary>
    private static string Clean(string text)
    {
        if (text.Length >= PageSize)
        {
            throw new UprobeException(Errno.EINVAL, "A filter has at most 4095 bytes");
        }

        int end = text.IndexOf('\0', StringComparison.Ordinal);
        return new string(KernelText.StripEnd(end < 0 ? text : text.AsSpan(0, end)));
    }
}
