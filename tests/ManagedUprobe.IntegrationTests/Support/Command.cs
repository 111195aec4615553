using System;
using System.Collections.Generic;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A program and everything that it is started with.</summary>
internal sealed record Command(string Program, params string[] Arguments)
{
    /// <summary>Added to the tests' own environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    public string? Directory { get; init; }

    /// <summary>All of its standard input.</summary>
    public byte[] Input { get; init; } = [];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The same command as an argument of another program, which inherits the rest.</summary>
    public Command Under(string program, params string[] arguments)
    {
        return this with { Program = program, Arguments = [.. arguments, Program, .. Arguments] };
    }

    public override string ToString()
    {
        return string.Join(' ', [Program, .. Arguments]);
    }
}
