using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ManagedUprobe.Tests.Shared;

/// <summary>The program and the library of the vectors, built by the folder's own script to where that script builds them.</summary>
internal static partial class VectorFixture
{
    /// <summary>The carets of the vectors were recorded with a path of this length.</summary>
    private const int RecordedPathLength = 13;

    private static readonly Lazy<string> s_folder = new(Build);
    private static readonly Lazy<Dictionary<string, string>> s_symbols = new(() => Symbols(Program));
    private static readonly Lazy<Dictionary<string, string>> s_librarySymbols = new(() => Symbols(Library));

    /// <summary>{BIN}.</summary>
    public static string Program => Path.Combine(s_folder.Value, "fx");

    /// <summary>{LIB}.</summary>
    public static string Library => Path.Combine(s_folder.Value, "libfx.so");

    /// <summary>Puts paths and symbols in place of their names in braces.</summary>
    public static string Substitute(string text)
    {
        text = ProgramSymbol().Replace(text, match => s_symbols.Value[match.Groups[1].Value]);
        text = LibrarySymbol().Replace(text, match => s_librarySymbols.Value[match.Groups[1].Value]);
        return text.Replace("{BIN}", Program, StringComparison.Ordinal).Replace("{LIB}", Library, StringComparison.Ordinal);
    }

    /// <summary>Where the recorded caret stands with the path that <c>{BIN}</c> has here.</summary>
    /// <param name="loggedCommand">The command as it was logged, names in braces.</param>
    /// <param name="recorded">The recorded column.</param>
    public static int Caret(string loggedCommand, int recorded)
    {
        int longer = Program.Length - RecordedPathLength;
        int programs = 0;
        foreach (Match match in ProgramName().Matches(loggedCommand))
        {
            int recordedStart = match.Index + (programs * (RecordedPathLength - match.Length));
            programs += recordedStart + RecordedPathLength <= recorded ? 1 : 0;
        }

        return recorded + (programs * longer);
    }

    private static string Build()
    {
        string sources = Path.Combine(VectorFile.Folder, "fixture");
        string script = Path.Combine(sources, "build.sh");
        string folder = TargetFolder().Match(File.ReadAllText(script)).Value;
        if (folder.Length == 0)
        {
            throw new InvalidOperationException($"{script} does not say where it builds");
        }

        // Other runs may use the same folder: what is up to date is left alone, and one builds at a time.
        const string Guarded = """[ "$(cat "$1/.built" 2>/dev/null)" = "$2" ] || { sh "$3" && echo "$2" > "$1/.built"; }""";
        Run("flock", folder + ".lock", "sh", "-c", Guarded, "sh", folder, Fingerprint(sources), script);
        return folder;
    }

    private static string Fingerprint(string folder)
    {
        IEnumerable<byte> content = Directory.GetFiles(folder).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes);
        return Convert.ToHexString(SHA256.HashData(content.ToArray()));
    }

    private static Dictionary<string, string> Symbols(string path)
    {
        var symbols = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string[] fields in Run("nm", path).Split('\n').Select(line => line.Split(' ')).Where(fields => fields.Length == 3))
        {
            ulong value = ulong.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            symbols[fields[2]] = string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
        }

        return symbols;
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
    }

    [GeneratedRegex(@"\{F:(\w+)\}")]
    private static partial Regex ProgramSymbol();

    [GeneratedRegex(@"\{LF:(\w+)\}")]
    private static partial Regex LibrarySymbol();

    [GeneratedRegex(@"\{BIN\}")]
    private static partial Regex ProgramName();

    [GeneratedRegex(@"(?<=\$\{1:-)/[^}]+(?=\})|/tmp/[\w.-]+")]
    private static partial Regex TargetFolder();
}
