using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Session.Comparing;

/// <summary>One event under both: what each recorded, and how that compares.</summary>
/// <param name="Event">Its name.</param>
/// <param name="Kernel">What the kernel printed, in order.</param>
/// <param name="Ours">What we printed, in order.</param>
internal sealed record EventComparison(string Event, IReadOnlyList<RecordedEvent> Kernel, IReadOnlyList<RecordedEvent> Ours)
{
    /// <summary>How they compare.</summary>
    public ComparisonResult Result { get; } = Compare(Kernel, Ours);

    /// <summary>Number, from 0, of the first event that differs; the length of the shorter list when it is the start of the other.</summary>
    public int FirstDifference
    {
        get
        {
            int common = Math.Min(Kernel.Count, Ours.Count);
            int at = Enumerable.Range(0, common).FirstOrDefault(i => Kernel[i].WithoutAddresses != Ours[i].WithoutAddresses, -1);
            return at < 0 ? common : at;
        }
    }

    /// <summary>Compares all events that were defined, in that order.</summary>
    public static List<EventComparison> CompareAll(IEnumerable<string> names, IEnumerable<RecordedEvent> kernel, IEnumerable<RecordedEvent> ours)
    {
        ILookup<string, RecordedEvent> kernels = kernel.ToLookup(line => line.Event, StringComparer.Ordinal);
        ILookup<string, RecordedEvent> our = ours.ToLookup(line => line.Event, StringComparer.Ordinal);
        return [.. names.Distinct(StringComparer.Ordinal).Select(name => new EventComparison(name, [.. kernels[name]], [.. our[name]]))];
    }

    private static ComparisonResult Compare(IReadOnlyList<RecordedEvent> kernel, IReadOnlyList<RecordedEvent> ours) =>
        IsSame(kernel, ours, line => line.Text, sorted: false) ? ComparisonResult.Same
        : IsSame(kernel, ours, line => line.Text, sorted: true) ? ComparisonResult.OtherOrder
        : IsSame(kernel, ours, line => line.WithoutAddresses, sorted: false) ? ComparisonResult.OtherAddresses
        : IsSame(kernel, ours, line => line.WithoutAddresses, sorted: true) ? ComparisonResult.OtherAddresses
        : ComparisonResult.Different;

    private static bool IsSame(
        IReadOnlyList<RecordedEvent> kernel,
        IReadOnlyList<RecordedEvent> ours,
        Func<RecordedEvent, string> text,
        bool sorted) =>
        kernel.Count == ours.Count && Texts(kernel, text, sorted).SequenceEqual(Texts(ours, text, sorted), StringComparer.Ordinal);

    private static IEnumerable<string> Texts(IReadOnlyList<RecordedEvent> events, Func<RecordedEvent, string> text, bool sorted) =>
        sorted ? events.Select(text).Order(StringComparer.Ordinal) : events.Select(text);
}
