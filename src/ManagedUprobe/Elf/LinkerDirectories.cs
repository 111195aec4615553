using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>Lists of directories as dynamic linkers write them.</summary>
internal static class LinkerDirectories
{
    /// <summary>Where glibc looks last; distributions differ, so all of them are tried.</summary>
    public static readonly IReadOnlyList<string> GlibcDefaults =
        ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];

    /// <summary>Where musl looks when it has no path file.</summary>
    public static readonly IReadOnlyList<string> MuslDefaults = ["/lib", "/usr/local/lib", "/usr/lib"];

    // What $LIB stands for is compiled into the linker: Debian's multiarch directory, or lib64.
    private static readonly string[] s_libs = ["lib/x86_64-linux-gnu", "lib64"];

    /// <summary>Splits LD_LIBRARY_PATH, DT_RPATH or DT_RUNPATH and expands $ORIGIN, $LIB and $PLATFORM; an empty element is the working directory.</summary>
    /// <param name="list">The list; null or empty for none.</param>
    /// <param name="origin">Directory of the program; null when it is not known (elements that need it are left out).</param>
    /// <param name="separators">Colons, in LD_LIBRARY_PATH semicolons too.</param>
    public static List<string> Split(string? list, string? origin, ReadOnlySpan<char> separators)
    {
        var directories = new List<string>();
        if (string.IsNullOrEmpty(list))
        {
            return directories;
        }

        foreach (Range range in list.AsSpan().SplitAny(separators))
        {
            Expand(list[range], origin, directories);
        }

        return directories;
    }

    private static void Expand(string directory, string? origin, List<string> directories)
    {
        string expanded = Replace(directory, "PLATFORM", "x86_64");
        string withOrigin = Replace(expanded, "ORIGIN", origin ?? string.Empty);
        if (origin is null && withOrigin != expanded)
        {
            return;
        }

        foreach (string lib in s_libs)
        {
            string candidate = Replace(withOrigin, "LIB", lib);
            directories.Add(candidate.Length == 0 ? "." : candidate);
            if (candidate == withOrigin)
            {
                break;
            }
        }
    }

    // $NAME ends where an identifier would; ${NAME} at its brace.
    private static string Replace(string text, string token, string value)
    {
        text = text.Replace($"${{{token}}}", value, StringComparison.Ordinal);
        string plain = $"${token}";
        for (int at = text.IndexOf(plain, StringComparison.Ordinal); at >= 0;)
        {
            int end = at + plain.Length;
            bool whole = end == text.Length || !(char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_');
            text = whole ? string.Concat(text.AsSpan(0, at), value, text.AsSpan(end)) : text;
            at = text.IndexOf(plain, whole ? at + value.Length : end, StringComparison.Ordinal);
        }

        return text;
    }
}
