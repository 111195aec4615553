using System.CommandLine.Parsing;
using System.Globalization;

namespace ManagedUprobe.Command;

/// <summary>Parsers of option values that are numbers; what is wrong becomes an error of the command line.</summary>
internal static class NumberArguments
{
    public static int? ParsePid(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
        {
            return pid;
        }

        argument.AddError($"a pid is a number above 0: '{text}'");
        return null;
    }
}
