using System;
using System.Text;

namespace ManagedUprobe.Elf;

/// <summary>What a user wrote for a function: a name, a pattern with <c>*</c> and <c>?</c>, perhaps with <c>@VERSION</c> or <c>@@VERSION</c>.</summary>
internal sealed class SymbolPattern
{
    private readonly byte[] _name;
    private readonly byte[] _version;
    private readonly bool _onlyDefault;

    private SymbolPattern(string name, string version, bool onlyDefault)
    {
        _name = Encoding.UTF8.GetBytes(name);
        _version = Encoding.UTF8.GetBytes(version);
        _onlyDefault = onlyDefault;
        IsGlob = name.AsSpan().ContainsAny('*', '?');
    }

    /// <summary>Whether the name holds a wildcard.</summary>
    public bool IsGlob { get; }

    /// <summary>Whether a version was written.</summary>
    public bool HasVersion => _version.Length != 0;

    /// <summary>Splits the text into name and version.</summary>
    public static SymbolPattern Parse(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || at + 1 == text.Length)
        {
            return new SymbolPattern(text, string.Empty, onlyDefault: false);
        }

        bool onlyDefault = text[at + 1] == '@';
        return new SymbolPattern(text[..at], text[(at + (onlyDefault ? 2 : 1))..], onlyDefault);
    }

    /// <summary>Whether the name is meant; <paramref name="literal"/> takes wildcards as ordinary characters.</summary>
    public bool MatchesName(ReadOnlySpan<byte> name, bool literal) =>
        literal ? name.SequenceEqual(_name) : Matches(_name, name);

    /// <summary>Whether the version is meant: any, when none was written.</summary>
    public bool MatchesVersion(ReadOnlySpan<byte> version, bool isDefault) =>
        !HasVersion || ((isDefault || !_onlyDefault) && Matches(_version, version));

    // Only the last star needs to be tried again: what stands before it has matched as early as it can.
    private static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text)
    {
        int p = 0;
        int star = -1;
        int resume = 0;
        for (int t = 0; t < text.Length;)
        {
            if (p < pattern.Length && pattern[p] == (byte)'*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && (pattern[p] == (byte)'?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star < 0)
            {
                return false;
            }
            else
            {
                p = star + 1;
                t = ++resume;
            }
        }

        return pattern[p..].IndexOfAnyExcept((byte)'*') < 0;
    }
}
