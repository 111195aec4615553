using System;
using System.Collections.Generic;
using System.Text;

namespace ManagedUprobe.Elf;

/// <summary>What to say when a symbol is not there.</summary>
internal static class SymbolSuggestions
{
    private const int Most = 3;
    private const int Farthest = 2;
    private const int LongestName = 64;

    /// <summary>The message for a missing symbol, with names that are close.</summary>
    public static string Complain(ElfFile file, string name)
    {
        if (!file.HasFunctions)
        {
            return $"{file.Name}: has no function symbols (it is stripped), so '{name}' is not known; give a file offset";
        }

        List<string> close = Close(file.SymbolTables, WithoutVersion(name));
        string hint = close.Count == 0 ? string.Empty : $"; did you mean {string.Join(", ", close)}?";
        return $"{file.Name}: no function '{name}'{hint}";
    }

    private static string WithoutVersion(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        return at > 0 ? name[..at] : name;
    }

    private static List<string> Close(IReadOnlyList<SymbolTable> tables, string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        var best = new SortedSet<(int Distance, string Name)>();
        if (wanted.Length > LongestName || name.AsSpan().ContainsAny('*', '?'))
        {
            return [];
        }

        foreach (SymbolTable table in tables)
        {
            Search(table, wanted, best);
        }

        var names = new List<string>();
        foreach ((int _, string close) in best)
        {
            names.Add($"'{close}'");
        }

        return names;
    }

    private static void Search(SymbolTable table, byte[] wanted, SortedSet<(int Distance, string Name)> best)
    {
        for (int i = 0; i < table.Count; i++)
        {
            SymbolEntry entry = table[i];
            if (!entry.IsFunction)
            {
                continue;
            }

            ReadOnlySpan<byte> name = table.NameOf(entry);
            int worst = best.Count < Most ? Farthest + 1 : best.Max.Distance;
            int distance = Distance(wanted, name);
            if (distance > Farthest || distance > worst)
            {
                continue;
            }

            // The name itself is close when only its version is wrong.
            string text = distance == 0 ? table.Materialize(i, 0).FullName : Encoding.UTF8.GetString(name);
            best.Add((distance, text));
            if (best.Count > Most)
            {
                best.Remove(best.Max);
            }
        }
    }

    // Levenshtein with letters of either case equal; a length that differs by more than is allowed ends it early.
    private static int Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (Math.Abs(a.Length - b.Length) > Farthest || b.IsEmpty)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[LongestName + Farthest + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private static bool SameLetter(byte a, byte b) =>
        a == b || (char.IsAsciiLetter((char)a) && (a ^ b) == ('a' ^ 'A'));
}
