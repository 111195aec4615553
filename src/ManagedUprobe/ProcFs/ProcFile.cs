using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.ProcFs;

/// <summary>Opens what the parsers of this folder read. A process that has gone reads as empty, never as an error.</summary>
/// <remarks>
/// In a nutshell: parsers take text, openers take a pid. Paths go through task/TID where they can, because a leader that called
/// pthread_exit is a zombie whose own files are empty while its threads live on.
/// </remarks>
internal static class ProcFile
{
    /// <summary>Contents of /proc/TID/NAME; empty when the task is gone or may not be looked at.</summary>
    public static byte[] Read(int tid, string name)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/{name}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The mappings of a task's address space, in address order; empty when it has none any more.</summary>
    public static List<VmArea> Maps(int tid)
    {
        var areas = new List<VmArea>(64);
        MapsParser.Parse(Read(tid, "maps"), areas);
        return areas;
    }

    /// <summary>The fields of /proc/TID/status.</summary>
    public static ProcStatus Status(int tid) => ProcStatus.Parse(Read(tid, "status"));

    /// <summary>Thread ids of a process; empty when it is gone.</summary>
    public static List<int> Tasks(int pid) =>
        NumericEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"));

    /// <summary>Process ids that this mount of procfs shows.</summary>
    public static List<int> Processes() => NumericEntries("/proc");

    private static List<int> NumericEntries(string directory)
    {
        var numbers = new List<int>();
        try
        {
            foreach (string entry in Directory.EnumerateDirectories(directory))
            {
                if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                {
                    numbers.Add(number);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The process ended while its threads were listed: what was read so far is what there is.
        }

        return numbers;
    }
}
