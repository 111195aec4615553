using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.Events;

/// <summary>Names events of symbols as <c>perf probe</c> does: probe_FILE, SYMBOL, SYMBOL__return.</summary>
/// <param name="given">What the definition says; it wins.</param>
internal sealed class PerfEventNames(ProbeEventName given)
{
    private const string ReturnSuffix = "__return";

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>The name of the event at <paramref name="place"/>; several matches of one definition get different ones.</summary>
    public ProbeEventName For(ProbePlace place)
    {
        if (given.Event is not null || place.Symbol is not { } symbol)
        {
            return given;
        }

        string suffix = place.IsReturn ? ReturnSuffix : string.Empty;
        string name = EventName(symbol.Name, suffix);
        for (int i = 1; !_used.Add(name); i++)
        {
            name = EventName(symbol.Name, string.Create(CultureInfo.InvariantCulture, $"{suffix}_{i}"));
        }

        return new ProbeEventName(given.Group ?? GroupName(place.Path), name);
    }

    /// <summary>probe_ and the file's name up to the first character that no identifier has.</summary>
    private static string GroupName(string path)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        string name = "probe_" + string.Concat(file.TakeWhile(IsIdentifier));
        return name.Length <= ProbeEventName.MaxLength ? name : name[..ProbeEventName.MaxLength];
    }

    /// <summary>The symbol without a leading dot, cut at the next dot or at @VERSION.</summary>
    private static string EventName(string symbol, string suffix)
    {
        string name = symbol.StartsWith('.') ? symbol[1..] : symbol;
        int end = name.AsSpan().IndexOfAny('.', '@');
        name = string.Concat((end < 0 ? name : name[..end]).Select(c => IsIdentifier(c) ? c : '_'));
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            name = "_" + name;
        }

        int room = ProbeEventName.MaxLength - suffix.Length;
        return (name.Length <= room ? name : name[..room]) + suffix;
    }

    private static bool IsIdentifier(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
