using System;
using System.Globalization;

namespace ManagedUprobe.Output;

/// <summary>The header of a trace file.</summary>
internal static class TraceHeaderText
{
    private const string Start = "# tracer: nop\n#\n";

    private const int LegendColumn = 30;
    private const int TgidLegendColumn = 40;

    private static readonly string[] s_legend =
    [
        "_-----=> irqs-off/BH-disabled", "/ _----=> need-resched", "| / _---=> hardirq/softirq",
        "|| / _--=> preempt-depth", "||| / _-=> migrate-disable", "|||| /     delay",
    ];

    /// <summary>The whole header.</summary>
    /// <param name="entries">Entries that are in the buffer now.</param>
    /// <param name="written">Entries since it was cleared last, those that were overwritten included.</param>
    /// <param name="cpus">CPUs that are online.</param>
    /// <param name="style">How the lines below it look.</param>
    public static string Of(long entries, long written, int cpus, TraceLineStyle style)
    {
        if (!style.ContextInfo)
        {
            return Start;
        }

        string counts = string.Create(
            CultureInfo.InvariantCulture, $"# entries-in-buffer/entries-written: {entries}/{written}   #P:{cpus}\n#\n");
        return Start + counts + (style.IrqInfo ? Legend(style) : "") + Columns(style);
    }

    private static string Legend(TraceLineStyle style)
    {
        // Each line starts where its first flag stands; the columns of the flags before it lead down to them.
        int column = style.RecordTgid ? TgidLegendColumn : LegendColumn;
        string text = "";
        for (int i = 0; i < s_legend.Length; i++)
        {
            text += "#" + new string(' ', column + Math.Max(0, 2 - i)) + s_legend[i] + "\n";
        }

        return text;
    }

    private static string Columns(TraceLineStyle style) => (style.RecordTgid, style.IrqInfo) switch
    {
        (false, true) => "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
            + "#              | |         |   |||||     |         |\n",
        (true, true) => "#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n"
            + "#              | |           |       |   |||||     |         |\n",
        (false, false) => "#           TASK-PID     CPU#     TIMESTAMP  FUNCTION\n"
            + "#              | |         |         |         |\n",
        (true, false) => "#           TASK-PID       TGID    CPU#     TIMESTAMP  FUNCTION\n"
            + "#              | |           |       |         |         |\n",
    };
}
