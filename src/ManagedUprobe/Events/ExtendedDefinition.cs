using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>
/// Definitions for people: what the kernel accepts, and symbols (or patterns) for offsets, bare names for paths, and PATH:SYMBOL alone.
/// </summary>
/// <remarks>Checks in the kernel's order; errors of what the kernel does not know point to their place in the same way.</remarks>
/// <param name="files">Looks at the files.</param>
/// <param name="symbols">Finds names.</param>
internal sealed class ExtendedDefinition(IProbeFiles files, ISymbolResolver symbols)
{
    private readonly UprobeEventParser _parser = new(files);

    /// <summary>Token of the first argument of the definition parsed last: 2, or 1 without a letter.</summary>
    public int FirstArgToken { get; private set; }

    /// <summary>Parses a definition; a pattern gives one for each match.</summary>
    /// <exception cref="UprobeException">The first error.</exception>
    public IReadOnlyList<ProbeDefinition> Parse(CommandTokens tokens)
    {
        var log = new TraceProbeLog(tokens);
        bool hasLetter = CheckHead(log);
        int placeToken = hasLetter ? 1 : 0;
        FirstArgToken = placeToken + 1;
        UprobeEventParser.CheckArgCount(log, FirstArgToken);
        List<ProbePlace> places = ParsePlaces(log, placeToken, hasLetter && tokens[0][0] == 'r');
        ProbeEventName name = hasLetter ? ProbeEventName.Parse(log, tokens[0]) : default;
        ImmutableArray<ProbeArg> args = new FetchArgParser(log, FirstArgToken, places[0].IsReturn).Parse();
        var names = new PerfEventNames(name);
        return places.Select(place => new ProbeDefinition { Name = names.For(place), Place = place, Args = args }).ToList();
    }

    private static bool CheckHead(TraceProbeLog log)
    {
        string head = log.Tokens[0];
        bool isLetter = head[0] is 'p' or 'r';
        if (log.Tokens.Count == 1)
        {
            bool hasPlace = !isLetter || (head.Length > 1 && head[1] != ':');
            return hasPlace ? false : throw log.Silent(Errno.EINVAL, "PATH:SYMBOL or PATH:OFFSET is missing");
        }

        return isLetter
            ? true
            : throw log.Invalid("A definition with a name or with arguments starts with p or r", 0, 0);
    }

    private List<ProbePlace> ParsePlaces(TraceProbeLog log, int token, bool isReturnLetter)
    {
        string text = log.Tokens[token];
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || colon == text.Length - 1)
        {
            throw log.Invalid("A path is followed by a colon and a symbol or an offset", token, text.Length);
        }

        string path = ResolvePath(log, token, text[..colon]);
        ProbeFile file = _parser.FindFile(log, token, path);
        var suffix = PlaceSuffix.Parse(log, token, colon + 1);
        bool isReturn = suffix.IsReturn || isReturnLetter;
        if (suffix.Offset.Length == 0 || KernelText.IsDigit(suffix.Offset[0]))
        {
            ulong offset = UprobeEventParser.ParseOffset(log, token, colon + 1, suffix.Offset);
            return [new ProbePlace(path, file, offset, suffix.RefCtrOffset, isReturn)];
        }

        return ResolveSymbol(log, token, colon + 1, path, suffix.Offset)
            .Select(found => new ProbePlace(path, file, found.Offset, suffix.RefCtrOffset, isReturn, found))
            .ToList();
    }

    private string ResolvePath(TraceProbeLog log, int token, string path)
    {
        if (path.Contains('/', StringComparison.Ordinal))
        {
            return path;
        }

        string? found = symbols.ResolvePath(KernelText.ToUnicode(path));
        return found is not null
            ? KernelText.FromUnicode(found)
            : throw log.Error(Errno.ENOENT, "Failed to find a library or program of that name", token, 0);
    }

    private IEnumerable<ResolvedSymbol> ResolveSymbol(TraceProbeLog log, int token, int start, string path, string text)
    {
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        string symbol = plus < 0 ? text : text[..plus];
        ulong delta = plus < 0 ? 0 : UprobeEventParser.ParseOffset(log, token, start + plus + 1, text[(plus + 1)..]);
        IReadOnlyList<ResolvedSymbol> found;
        try
        {
            found = symbols.ResolveSymbol(KernelText.ToUnicode(path), KernelText.ToUnicode(symbol));
        }
        catch (UprobeException error) when (error.Command is null)
        {
            throw log.Error(error.Errno, error.Message, token, 0);
        }

        return found.Count > 0
            ? found.Select(match => match with { Offset = unchecked(match.Offset + delta) })
            : throw log.Error(Errno.ENOENT, "Failed to find the given symbol", token, start);
    }
}
