namespace ManagedUprobe.Events.Filters;

/// <summary>One step of a filter: a comparison and where to go on.</summary>
/// <param name="Predicate">The comparison.</param>
/// <param name="OnTrue">The next step when it holds, or a result of <see cref="EventFilter"/>.</param>
/// <param name="OnFalse">The next step when it does not.</param>
internal readonly record struct FilterStep(FilterPredicate Predicate, int OnTrue, int OnFalse);
