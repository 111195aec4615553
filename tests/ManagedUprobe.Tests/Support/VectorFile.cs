using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace ManagedUprobe.Tests.Support;

/// <summary>Rows of a file of conformance vectors: columns by name, escapes resolved, one byte a character.</summary>
internal static class VectorFile
{
    public static IEnumerable<Dictionary<string, string>> Read(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Data", "vectors", name));
        string[] columns = lines[0].Split('\t');
        return lines[1..].Select(line => columns.Zip(line.Split('\t'), (column, field) => (column, field))
            .ToDictionary(pair => pair.column, pair => Unescape(pair.field), StringComparer.Ordinal));
    }

    private static string Unescape(string field)
    {
        var text = new StringBuilder();
        for (int i = 0; i < field.Length; i++)
        {
            char c = field[i];
            if (c != '\\')
            {
                _ = text.Append(c);
                continue;
            }

            c = field[++i];
            _ = c == 'x'
                ? text.Append((char)Convert.ToByte(field.Substring(i + 1, 2), 16))
                : text.Append(c switch { 't' => '\t', 'n' => '\n', 'r' => '\r', _ => c });
            i += c == 'x' ? 2 : 0;
        }

        return text.ToString();
    }
}
