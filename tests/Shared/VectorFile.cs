using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace ManagedUprobe.Tests.Shared;

/// <summary>Rows of a file of conformance vectors: columns by name, escapes resolved, one byte a character.</summary>
internal static class VectorFile
{
    /// <summary>The folder of the vectors: that of <c>scripts/test --vectors</c>, else the repository's.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("MUPROBE_VECTORS") ?? RepositoryFolder();

    /// <summary>Number and id of each row: the data of a theory that checks all of them. Ids need not be unique.</summary>
    public static TheoryData<int, string> Rows(string name)
    {
        var data = new TheoryData<int, string>();
        foreach ((int number, Dictionary<string, string> row) in Read(name).Index())
        {
            data.Add(number, row["id"]);
        }

        return data;
    }

    /// <summary>The rows of a file; none when the folder has no such file.</summary>
    public static IReadOnlyList<Dictionary<string, string>> Read(string name)
    {
        string path = Path.Combine(Folder, name);
        if (!File.Exists(path))
        {
            return [];
        }

        string[] lines = File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] columns = lines[0].Split('\t');
        return [.. lines[1..].Select(line => Row(columns, line))];
    }

    private static Dictionary<string, string> Row(string[] columns, string line)
    {
        string[] fields = line.Split('\t');
        return columns.Select((column, i) => (column, field: i < fields.Length ? Unescape(fields[i]) : string.Empty))
            .ToDictionary(pair => pair.column, pair => pair.field, StringComparer.Ordinal);
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

    private static string RepositoryFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ManagedUprobe.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository."), "tests/Data/vectors");
    }
}
