using System;
using System.Collections.Generic;
using System.Linq;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Whether a new probe may join those that exist (register_trace_uprobe, append_trace_uprobe).</summary>
/// <param name="log">Makes the errors.</param>
/// <param name="firstArgToken">Token of the first argument.</param>
/// <param name="probes">The probes that exist.</param>
/// <param name="others">Other events.</param>
internal sealed class SiblingRules(
    TraceProbeLog log,
    int firstArgToken,
    IReadOnlyCollection<TraceUprobe> probes,
    IOtherEvents others)
{
    /// <summary>Checks, in the kernel's order.</summary>
    /// <exception cref="Primitives.UprobeException">It may not be added.</exception>
    public void Check(TraceUprobe probe)
    {
        if (probes.Any(other => IsSamePlace(other, probe) && other.RefCtrOffset != probe.RefCtrOffset))
        {
            throw log.Silent(Errno.EINVAL, "A probe at the same place has another reference counter");
        }

        TraceUprobe? existing = probes.FirstOrDefault(probe.IsSiblingOf);
        if (existing is not null)
        {
            CheckSibling(probe, existing);
        }
        else if (others.Exists(probe.Group, probe.Event))
        {
            throw log.Error(Errno.EEXIST, "Given group/event name is already used by another event", 0, 0);
        }
    }

    private static bool IsSamePlace(TraceUprobe one, TraceUprobe other) =>
        one.FileIdentity == other.FileIdentity && one.Offset == other.Offset;

    private void CheckSibling(TraceUprobe probe, TraceUprobe existing)
    {
        if (probe.IsReturn != existing.IsReturn)
        {
            throw log.Error(Errno.EEXIST, "Probe type is different from existing probe", 0, 0);
        }

        int differs = FirstDifference(probe, existing);
        if (differs >= 0)
        {
            throw log.Error(
                Errno.EEXIST, "Argument type or name is different from existing probe", firstArgToken + differs, 0);
        }

        if (probes.Any(other => other.IsSiblingOf(probe) && IsSamePlace(other, probe) && other.HasSameExpressions(probe)))
        {
            throw log.Error(Errno.EEXIST, "There is already the exact same probe event", 0, 0);
        }
    }

    private static int FirstDifference(TraceUprobe probe, TraceUprobe existing)
    {
        int common = Math.Min(probe.Args.Length, existing.Args.Length);
        if (probe.Args.Length != existing.Args.Length)
        {
            return common;
        }

        for (int i = 0; i < common; i++)
        {
            if (!probe.Args[i].HasSameShape(existing.Args[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
