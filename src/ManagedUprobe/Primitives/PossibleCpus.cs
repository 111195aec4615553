using System;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.Primitives;

/// <summary>How many CPUs the machine can have.</summary>
internal static class PossibleCpus
{
    private static readonly Lazy<int> s_count = new(Read);

    /// <summary>One more than the highest number that a CPU can have.</summary>
    public static int Count => s_count.Value;

    private static int Read()
    {
        try
        {
            // "0-3", or "0" with one CPU alone.
            string[] numbers = File.ReadAllText("/sys/devices/system/cpu/possible").Trim().Split('-', ',');
            return int.Parse(numbers[^1], CultureInfo.InvariantCulture) + 1;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            // A container without /sys: those that this process may use are the ones that are known.
            return Environment.ProcessorCount;
        }
    }
}
