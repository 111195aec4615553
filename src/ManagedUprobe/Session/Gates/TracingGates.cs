using System;
using System.Collections.Generic;

namespace ManagedUprobe.Session.Gates;

/// <summary>
/// All that can forbid tracing: what <c>muprobe doctor</c> shows, and where an attach that was refused finds its reason.
/// Nothing is changed and nobody is stopped by looking.
/// </summary>
internal static class TracingGates
{
    /// <summary>The gates of this process and, when a pid is given, of that one.</summary>
    /// <exception cref="InvalidOperationException">/proc is not there.</exception>
    public static IReadOnlyList<Gate> Inspect(int? pid)
    {
        TracingRights self = TracingRights.TryRead("self")
            ?? throw new InvalidOperationException("/proc/self/status cannot be read: mount -t proc proc /proc");
        IReadOnlyList<Gate> own = SelfGates.Inspect(self);
        return pid is { } target
            ? [.. own, .. TargetGates.Inspect(self, target)]
            : [.. own, SelfGates.Yama(SelfGates.ReadYamaScope(), self.HasSysPtrace)];
    }

    /// <summary>Why <paramref name="pid"/> may not be traced, with the remedy, in one line; null when no gate is shut.</summary>
    public static string? WhyRefused(int pid)
    {
        IReadOnlyList<Gate> gates = Inspect(pid);
        foreach (Gate gate in gates)
        {
            if (gate.State == GateState.Shut)
            {
                return $"{gate.Name}: {gate.Detail} ({gate.Remedy})";
            }
        }

        return null;
    }
}
