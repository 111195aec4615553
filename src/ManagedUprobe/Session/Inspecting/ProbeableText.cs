using System;
using System.Globalization;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>A place in words: one line of fields divided by blanks, the name last because it may hold blanks.</summary>
internal static class ProbeableText
{
    /// <summary>What a place is, in one word.</summary>
    public static string KindOf(Probeable place) => place.Refusal != null ? "refused" : place.Kind switch
    {
        ProbeableKind.Function => "func",
        ProbeableKind.IndirectFunction => "ifunc",
        ProbeableKind.Marker => "usdt",
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    };

    /// <summary>The offset, for a marker with a counter as definitions write both: <c>0x1126(0x4010)</c>.</summary>
    public static string PlaceOf(Probeable place) => place.SemaphoreOffset == 0
        ? string.Create(CultureInfo.InvariantCulture, $"0x{place.Offset:x8}")
        : string.Create(CultureInfo.InvariantCulture, $"0x{place.Offset:x8}(0x{place.SemaphoreOffset:x})");

    /// <summary>The size in bytes, "-" when it is not known.</summary>
    public static string SizeOf(Probeable place) =>
        place.Size == 0 ? "-" : place.Size.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name, behind a marker's its arguments.</summary>
    public static string NameOf(Probeable place) =>
        Printable(place.Arguments.Length == 0 ? place.Name : $"{place.Name} {place.Arguments}");

    /// <summary>The line of a place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="path">Its file as the first field, blanks in it as \040; null for none.</param>
    public static string Line(Probeable place, string? path)
    {
        string start = path is null ? string.Empty : Printable(path).Replace(" ", "\\040", StringComparison.Ordinal) + " ";
        return $"{start}{PlaceOf(place)} {SizeOf(place),7} {KindOf(place),-7} {NameOf(place)}";
    }

    // A file may hold any bytes as a name: none of them may end a line or speak to the terminal.
    private static string Printable(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (int i = 0; i < from.Length; i++)
            {
                to[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        });
}
