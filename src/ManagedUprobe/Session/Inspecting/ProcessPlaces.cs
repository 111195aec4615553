using System.Collections.Generic;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>A probe's place in a running process.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Where the probed instruction is mapped; empty when it is not.</param>
/// <param name="HasOtherGeneration">Whether it maps an older file of the same path, which has been replaced since.</param>
/// <param name="WhyRefused">Why the process may not be traced; null when it may.</param>
internal sealed record ProcessPlaces(
    int Pid, string Name, IReadOnlyList<ulong> Addresses, bool HasOtherGeneration, string? WhyRefused);
