using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>A run of random writes, from an empty list, to the kernel's files and to ours; each answer is compared.</summary>
/// <remarks>
/// Nothing is ever enabled: a kernel that enables a random event (its place refused, its reference counter another's, a sibling deleted
/// meanwhile) can keep a pointer to what it has freed, and dies of it later.
/// </remarks>
internal sealed class DefinitionEpisode(int seed, FuzzFiles files, KernelEventFiles kernel)
{
    private const int Writes = 20;

    private readonly TraceFs _ours = new();
    private readonly RandomText _random = new(seed);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Commands that were compared.</summary>
    public int Commands { get; private set; }

    /// <summary>What ended the episode early: a difference that is known of older kernels.</summary>
    public string? Known { get; private set; }

    /// <summary>Runs to the end, or to the first difference.</summary>
    /// <returns>The difference, null when there is none.</returns>
    public string? Run()
    {
        var texts = new DefinitionTexts(_random, files);
        string? difference = null;
        for (int i = 0; i < Writes && difference is null && Known is null; i++)
        {
            string file = _random.Chance(75) ? "uprobe_events" : "dynamic_events";
            string text = texts.Write(Listing());
            difference ??= CompareWrite(file, text) ?? CompareFormats(isOneCommand: Known is null && !text.TrimEnd('\n').Contains('\n', StringComparison.Ordinal));
        }

        return difference;
    }

    private string? CompareWrite(string file, string text)
    {
        Commands += text.Count(c => c == '\n') + 1;
        UprobeException? ours = Write(file, text);
        Errno errno = kernel.Write(file, text);
        string expected = Describe(errno, errno == 0 ? null : kernel.NewError(ours?.Command), kernel.Listing());
        string actual = Describe(
            ours?.Errno ?? 0,
            ours is { Position: >= 0 } ? new KernelError(0, ours.Message, ours.Command!, ours.Position) : null,
            Listing());
        if (expected != actual && kernel.IsOlder)
        {
            Known = KnownDifferences.Explain(text, actual);
        }

        return expected == actual || Known is not null ? null : $"{file} <- {Quote(text)}\nkernel: {expected}\nours:   {actual}";
    }

    // Of events alone that are new for sure: once its first probe is gone, an event's file shows names that the kernel has freed.
    private string? CompareFormats(bool isOneCommand)
    {
        foreach (string line in Listing().Where(line => _seen.Add(NameOf(line)) && isOneCommand && IsAscii(NameOf(line))))
        {
            string name = NameOf(line);
            string expected = WithoutId(kernel.Format(name));
            string actual = WithoutId(KernelText.FromBytes(_ours.ReadBytes($"events/{name}/format")));
            if (expected != actual)
            {
                return $"{line}\nkernel: {expected}\nours:   {actual}";
            }
        }

        return null;
    }

    private UprobeException? Write(string file, string text)
    {
        try
        {
            _ours.WriteBytes(file, KernelText.ToBytes(text), append: true);
            return null;
        }
        catch (UprobeException error)
        {
            return error;
        }
    }

    private string[] Listing() =>
        KernelText.FromBytes(_ours.ReadBytes("uprobe_events")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // A path of ours is Unicode; other letters of a name are single bytes.
    private static bool IsAscii(string name) => name.All(char.IsAscii);

    private static string NameOf(string line) => line.Split(' ')[0][2..];

    private static string WithoutId(string format) =>
        string.Join('\n', format.Split('\n').Where(line => !line.StartsWith("ID: ", StringComparison.Ordinal)));

    private static string Describe(Errno errno, KernelError? error, IReadOnlyList<string> listing)
    {
        string logged = error is null ? "nothing logged" : $"{error.Message} | {Quote(error.Command)} | {error.Caret}";
        return $"{(errno == 0 ? "OK" : errno)}, {logged}\n  {string.Join("\n  ", listing)}";
    }

    private static string Quote(string text) =>
        "«" + string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"\\x{(int)c:x2}")) + "»";
}
