using System;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ManagedUprobe.Command;

/// <summary>Parsers of option values that are numbers; what is wrong becomes an error of the command line.</summary>
internal static class NumberArguments
{
    public static int? ParsePid(ArgumentResult argument) => Pid(argument, argument.Tokens[0].Value);

    public static int[] ParsePids(ArgumentResult argument)
    {
        int[] pids = new int[argument.Tokens.Count];
        for (int i = 0; i < pids.Length; i++)
        {
            pids[i] = Pid(argument, argument.Tokens[i].Value) ?? 0;
        }

        return pids;
    }

    public static long? ParseCount(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0)
        {
            return count;
        }

        argument.AddError($"a count is a number above 0: '{text}'");
        return null;
    }

    public static TimeSpan? ParseSeconds(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds > 0
            && seconds < TimeSpan.MaxValue.TotalSeconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        argument.AddError($"a duration is a number of seconds above 0: '{text}'");
        return null;
    }

    private static int? Pid(ArgumentResult argument, string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
        {
            return pid;
        }

        argument.AddError($"a pid is a number above 0: '{text}'");
        return null;
    }
}
