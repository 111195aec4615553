using System;
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
    ProbeIndex probes,
    IOtherEvents others)
{
    /// <summary>Checks, in the kernel's order.</summary>
    /// <exception cref="Primitives.UprobeException">It may not be added.</exception>
    public void Check(TraceUprobe probe)
    {
        if (probes.AtPlaceOf(probe).Any(other => other.RefCtrOffset != probe.RefCtrOffset))
        {
            throw log.Silent(Errno.EINVAL, "A probe at the same place has another reference counter");
        }

        if (probes.SiblingsOf(probe) is [var existing, ..])
        {
            CheckSibling(probe, existing);
        }
        else if (others.Exists(probe.Group, probe.Event))
        {
            throw log.Error(Errno.EEXIST, "Given group/event name is already used by another event", 0, 0);
        }
    }

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

        if (probes.AtPlaceOf(probe).Any(other => other.IsSiblingOf(probe) && other.HasSameExpressions(probe)))
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
