using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>The room behind a record's fixed fields, which the kernel fills with its texts one after the other: what is known of each byte.</summary>
/// <remarks>Follows fetch_store_string() and store_trace_args().</remarks>
internal sealed class KernelTextRoom
{
    private const string Fault = "(fault)";
    private const char Stale = '\uffff';
    private const char NotNul = '\ufffe';

    private readonly char[] _bytes;

    private KernelTextRoom(char[] bytes) => _bytes = bytes;

    /// <summary>A room of so many reserved bytes, in which earlier hits have left anything.</summary>
    public KernelTextRoom(int size)
    {
        _bytes = new char[size];
        Spoil(0);
    }

    /// <summary>Bytes that were reserved.</summary>
    public int Size => _bytes.Length;

    /// <summary>The same once more.</summary>
    public KernelTextRoom Copy() => new([.. _bytes]);

    /// <summary>Bytes behind an offset.</summary>
    public int Left(int offset) => Size - offset;

    /// <summary>Stores a text at an offset; what does not fit is cut.</summary>
    /// <returns>Bytes that it takes; 0 when nothing is left.</returns>
    public int Store(int offset, string text)
    {
        int length = Math.Min(text.Length + 1, Left(offset));
        if (length > 0)
        {
            text.AsSpan(0, length - 1).CopyTo(_bytes.AsSpan(offset));
            _bytes[offset + length - 1] = '\0';
        }

        return length;
    }

    /// <summary>Stores the start of a text of which only the start can be read, and that is longer than the room.</summary>
    /// <returns>Bytes that it takes: all.</returns>
    public int StoreStart(int offset)
    {
        int length = Left(offset);
        _bytes.AsSpan(offset).Fill(NotNul);
        _bytes[^1] = '\0';
        return length;
    }

    /// <summary>A text ended in a fault: something of it was copied, and counts for nothing.</summary>
    public void Spoil(int offset) => _bytes.AsSpan(offset).Fill(Stale);

    /// <summary>Where a text may end in what the kernel shows.</summary>
    /// <param name="shown">What it shows.</param>
    /// <param name="start">Where the text begins in that.</param>
    /// <param name="place">Where the text is in the room; of its length counts nothing else than whether it is 0.</param>
    /// <returns>Offsets behind the closing quote; several where stale data are shown, none when the text is another.</returns>
    public IEnumerable<int> Ends(string shown, int start, KernelTextPlace place)
    {
        if (place.Length == 0)
        {
            return IsAt(shown, start, Fault) ? [start + Fault.Length] : [];
        }

        if (!IsAt(shown, start, "\""))
        {
            return [];
        }

        (int offset, int at) = (place.Offset, start + 1);
        for (; offset < Size && _bytes[offset] is not ('\0' or Stale); offset++, at++)
        {
            if (at == shown.Length || (_bytes[offset] != NotNul && _bytes[offset] != shown[at]))
            {
                return [];
            }
        }

        return offset == Size || _bytes[offset] == Stale ? QuotesFrom(shown, at) : IsAt(shown, at, "\"") ? [at + 1] : [];
    }

    /// <summary>Where a text of which nothing is known may end.</summary>
    public static IEnumerable<int> AnyEnds(string shown, int start) =>
        IsAt(shown, start, Fault) ? [start + Fault.Length] : IsAt(shown, start, "\"") ? QuotesFrom(shown, start + 1) : [];

    private static bool IsAt(string shown, int start, string text) => string.CompareOrdinal(shown, start, text, 0, text.Length) == 0;

    private static IEnumerable<int> QuotesFrom(string shown, int start) => Enumerable.Range(start, shown.Length - start).Where(at => shown[at] == '"').Select(at => at + 1);
}
