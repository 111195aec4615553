using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events.Filters;

/// <summary>A filter of an event, compiled: says of a hit whether it is kept.</summary>
/// <remarks>Immutable; evaluation allocates nothing and may run on any thread.</remarks>
internal sealed class EventFilter
{
    /// <summary>A target of a jump: the hit is kept.</summary>
    public const int Accepted = -1;

    /// <summary>A target of a jump: the hit is not kept.</summary>
    public const int Rejected = -2;

    private readonly FilterStep[] _steps;

    private EventFilter(string text, FilterStep[] steps) => (Text, _steps) = (text, steps);

    /// <summary>The filter as it was written.</summary>
    public string Text { get; }

    /// <summary>Compiles a filter of the kernel's language.</summary>
    /// <param name="text">The filter (one byte a character), white space at its end removed.</param>
    /// <param name="fields">The fields of the event.</param>
    /// <exception cref="UprobeException">
    /// The kernel's error. The command is the filter, the position the caret of error_log (-1 for an error without a message).
    /// </exception>
    public static EventFilter Parse(string text, FilterFields fields)
    {
        var errors = new FilterErrors(text);
        FilterStructure.Check(text, errors);
        return new EventFilter(text, new FilterParser(text, new PredicateParser(text, fields, errors), errors).Parse());
    }

    /// <summary>Whether the hit is kept.</summary>
    public bool Matches(in FilterInput input)
    {
        int step = 0;
        while (step >= 0)
        {
            ref readonly FilterStep at = ref _steps[step];
            step = at.Predicate.Matches(in input) ? at.OnTrue : at.OnFalse;
        }

        return step == Accepted;
    }
}
