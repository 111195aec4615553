using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Where the programs are, and a folder for what they write, which is removed at the end.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly string _root = FindRoot();
    private readonly string _folder = Directory.CreateTempSubdirectory("muprobe-bench-").FullName;
    private readonly Dictionary<(string Program, string Symbol), ulong> _symbols = [];

    /// <summary>The command under test: the published one, or what MUPROBE names.</summary>
    public string Muprobe => Existing(Environment.GetEnvironmentVariable("MUPROBE") ?? Path.Combine(_root, "artifacts", "muprobe"));

    /// <summary>A program of fixtures/build.</summary>
    public string Fixture(string name) => Existing(Path.Combine(_root, "fixtures", "build", name));

    /// <summary>A file in the folder of this run.</summary>
    public string Scratch(string name) => Path.Combine(_folder, name);

    /// <summary>Address of a symbol, which is its file offset too: position-independent programs with text where the file has it.</summary>
    public ulong AddressOf(string program, string symbol)
    {
        if (!_symbols.TryGetValue((program, symbol), out ulong address))
        {
            string line = Job.Run("nm", program).Output.Split('\n').FirstOrDefault(line => line.EndsWith(" " + symbol, StringComparison.Ordinal))
                ?? throw new NotMeasurableException($"{program} has no symbol {symbol}");
            address = ulong.Parse(line.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _symbols.Add((program, symbol), address);
        }

        return address;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Existing(string path) =>
        File.Exists(path) ? path : throw new NotMeasurableException($"{path} is not there; scripts/bench builds it");

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ManagedUprobe.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the benchmark does not run inside the repository");
    }
}
