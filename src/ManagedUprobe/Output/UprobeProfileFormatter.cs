using System.Globalization;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>Lines of uprobe_profile.</summary>
internal static class UprobeProfileFormatter
{
    /// <summary>The line of one probe without its newline: path, event, hits (entries for a return probe).</summary>
    /// <returns>One byte a character.</returns>
    public static string Line(TraceUprobe probe) => Line(probe, probe.HitCount);

    /// <summary>The line of one probe with a count that was taken elsewhere.</summary>
    public static string Line(TraceUprobe probe, ulong hitCount) =>
        string.Create(CultureInfo.InvariantCulture, $"  {probe.Path} {probe.Event,-44} {hitCount,15}");
}
