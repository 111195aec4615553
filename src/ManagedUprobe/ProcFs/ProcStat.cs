using System;
using System.Globalization;

namespace ManagedUprobe.ProcFs;

/// <summary>The fields of /proc/TID/stat that the tracer needs (proc_pid_stat(5)).</summary>
/// <param name="State">Field 3: R, S, D, T, t, Z, X, I.</param>
/// <param name="ParentPid">Field 4.</param>
/// <param name="StartTime">Field 22, clock ticks since boot: tells a recycled pid from the one that was meant.</param>
/// <param name="Processor">Field 39: CPU that the task ran on last.</param>
internal readonly record struct ProcStat(char State, int ParentPid, ulong StartTime, int Processor)
{
    /// <summary>State of a task that is not there.</summary>
    public const char Gone = 'X';

    /// <summary>Whether the task has ended.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x';

    /// <summary>Reads a task's stat line; state <see cref="Gone"/> when there is none.</summary>
    public static ProcStat Of(int tid) => Parse(ProcFile.Read(tid, "stat"));

    /// <summary>Parses the line. The name in parentheses may hold anything, so the fields start behind the last one.</summary>
    public static ProcStat Parse(ReadOnlySpan<byte> line)
    {
        int close = line.LastIndexOf((byte)')');
        if (close < 0 || close + 2 >= line.Length)
        {
            return new ProcStat(Gone, 0, 0, 0);
        }

        line = line[(close + 2)..];
        char state = (char)line[0];
        ulong parent = 0;
        ulong startTime = 0;
        ulong processor = 0;
        for (int field = 3; !line.IsEmpty; field++)
        {
            int end = line.IndexOf((byte)' ');
            ReadOnlySpan<byte> text = end < 0 ? line.TrimEnd((byte)'\n') : line[..end];
            line = end < 0 ? default : line[(end + 1)..];
            switch (field)
            {
                case 4:
                    parent = Number(text);
                    break;
                case 22:
                    startTime = Number(text);
                    break;
                case 39:
                    processor = Number(text);
                    break;
                default:
                    break;
            }
        }

        return new ProcStat(state, (int)parent, startTime, (int)processor);
    }

    private static ulong Number(ReadOnlySpan<byte> text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0;
}
