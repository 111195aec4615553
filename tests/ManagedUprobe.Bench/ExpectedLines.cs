namespace ManagedUprobe.Bench;

/// <summary>What a report must hold.</summary>
/// <param name="Count">Lines.</param>
/// <param name="Parts">What each line holds, in this order; {0} stands for the number of the hit, {1} for twice that.</param>
/// <param name="LinesPerHit">Lines that one hit makes.</param>
internal sealed record ExpectedLines(long Count, string[] Parts, long LinesPerHit);
