using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>A run of random writes, from an empty list, to the kernel and to our table; each answer is compared.</summary>
internal sealed class DefinitionEpisode(int seed, FuzzFiles files, KernelEventFiles kernel)
{
    private const int Writes = 20;

    private readonly EventTable _table = new(new HostProbeFiles());
    private readonly RandomText _random = new(seed);
    private readonly HashSet<string> _enabled = new(StringComparer.Ordinal);

    /// <summary>Commands that were compared.</summary>
    public int Commands { get; private set; }

    /// <summary>Runs to the end, or to the first difference.</summary>
    /// <returns>The difference, null when there is none.</returns>
    public string? Run()
    {
        var texts = new DefinitionTexts(_random, files);
        for (int i = 0; i < Writes; i++)
        {
            IReadOnlyList<string> listing = Listing();
            if (listing.Count > 0 && _random.Chance(8))
            {
                Toggle(_random.Of([.. listing]));
            }

            string file = _random.Chance(75) ? "uprobe_events" : "dynamic_events";
            string? difference = Compare(file, texts.Write(listing));
            if (difference is not null)
            {
                return difference;
            }
        }

        return null;
    }

    private string? Compare(string file, string text)
    {
        Commands += text.Count(c => c == '\n') + 1;
        UprobeException? ours = Ours(file, text);
        Errno errno = kernel.Write(file, text);
        string expected = Describe(errno, errno == 0 ? null : kernel.NewError(ours?.Command), kernel.Listing());
        string actual = Describe(
            ours?.Errno ?? 0,
            ours is { Position: >= 0 } ? new KernelError(0, ours.Message, ours.Command!, ours.Position) : null,
            Listing());
        return expected == actual ? null : $"{file} <- {Quote(text)}\nkernel: {expected}\nours:   {actual}";
    }

    private UprobeException? Ours(string file, string text)
    {
        try
        {
            _table.Write(KernelText.ToBytes(text), file == "uprobe_events" ? EventFile.UprobeEvents : EventFile.DynamicEvents);
            return null;
        }
        catch (UprobeException error)
        {
            return error;
        }
    }

    // An event in use cannot lose its last probe.
    private void Toggle(string line)
    {
        string name = line.Split(' ')[0][2..];
        bool enable = !_enabled.Contains(name);
        if (kernel.Enable(name, enable ? "1" : "0") == 0)
        {
            _ = enable ? _enabled.Add(name) : _enabled.Remove(name);
            string[] parts = name.Split('/');
            _table.SetBusy(parts[0], parts[1], enable);
        }
    }

    private IReadOnlyList<string> Listing() => [.. _table.Probes.Select(probe => probe.ListingLine)];

    private static string Describe(Errno errno, KernelError? error, IReadOnlyList<string> listing)
    {
        string logged = error is null ? "nothing logged" : $"{error.Message} | {Quote(error.Command)} | {error.Caret}";
        return $"{(errno == 0 ? "OK" : errno)}, {logged}\n  {string.Join("\n  ", listing)}";
    }

    private static string Quote(string text) =>
        "«" + string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"\\x{(int)c:x2}")) + "»";
}
