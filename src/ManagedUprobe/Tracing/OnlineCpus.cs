using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Tracing;

/// <summary>How many CPUs run now.</summary>
internal static class OnlineCpus
{
    /// <summary>Those that are online; those that this process may use where the machine does not say.</summary>
    public static int Count
    {
        get
        {
            try
            {
                return File.ReadAllText("/sys/devices/system/cpu/online").Trim().Split(',').Sum(SizeOf);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
            {
                return Environment.ProcessorCount;
            }
        }
    }

    // "0-3", or "5" alone.
    private static int SizeOf(string range)
    {
        int[] ends = [.. range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
        return ends[^1] - ends[0] + 1;
    }
}
