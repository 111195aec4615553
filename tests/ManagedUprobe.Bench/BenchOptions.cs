using System.Collections.Generic;
using System.Globalization;

namespace ManagedUprobe.Bench;

/// <summary>The command line.</summary>
internal sealed class BenchOptions
{
    public const string Usage = "usage: scripts/bench [--json FILE] [--rounds N] [--list] [ROW...]   (a ROW may end in *)";

    private readonly List<string> _rows = [];

    public IReadOnlyList<string> Rows => _rows;

    public string? JsonPath { get; private set; }

    public int Rounds { get; private set; } = 5;

    public bool List { get; private set; }

    public static BenchOptions? Parse(string[] args, out string? error)
    {
        var options = new BenchOptions();
        for (int i = 0; i < args.Length; i++)
        {
            error = options.Take(args[i], i + 1 < args.Length ? args[i + 1] : null, out bool tookValue);
            if (error is not null)
            {
                return null;
            }

            i += tookValue ? 1 : 0;
        }

        error = null;
        return options;
    }

    private string? Take(string arg, string? value, out bool tookValue)
    {
        tookValue = arg is "--json" or "--rounds";
        if (tookValue && value is null)
        {
            return $"{arg} wants a value";
        }

        switch (arg)
        {
            case "--json":
                JsonPath = value;
                return null;
            case "--rounds":
                bool good = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) && rounds > 0;
                Rounds = rounds;
                return good ? null : $"--rounds wants a number, not {value}";
            case "--list":
                List = true;
                return null;
            default:
                _rows.Add(arg);
                return arg.StartsWith('-') ? $"no option {arg}" : null;
        }
    }
}
