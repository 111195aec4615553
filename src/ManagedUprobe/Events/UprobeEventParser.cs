using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>
/// The definition commands of uprobe_events: <c>p|r[:[GRP/][EV]] PATH:OFFSET[%return][(REFCTR)] [FETCHARG...]</c>
/// (trace_uprobe_create).
/// </summary>
/// <remarks>The order of the checks decides which error is reported, so it is the kernel's.</remarks>
/// <param name="files">Looks at the files.</param>
internal sealed class UprobeEventParser(IProbeFiles files)
{
    private const int PlaceToken = 1;

    /// <summary>Parses a command.</summary>
    /// <exception cref="UprobeException">The first error, with the kernel's errno, message and caret.</exception>
    public ProbeDefinition Parse(CommandTokens tokens)
    {
        var log = new TraceProbeLog(tokens);
        bool isReturnLetter = CheckHead(log);
        ProbePlace place = ParsePlace(log);
        place = place with { IsReturn = place.IsReturn || isReturnLetter };
        return new ProbeDefinition
        {
            Name = ProbeEventName.Parse(log, tokens[0]),
            Place = place,
            Args = new FetchArgParser(log, PlaceToken + 1, place.IsReturn).Parse(),
        };
    }

    /// <summary>Finds the file of a place.</summary>
    /// <exception cref="UprobeException">It does not exist, or is not a regular file.</exception>
    public ProbeFile FindFile(TraceProbeLog log, int token, string path)
    {
        Errno errno = files.Inspect(path, out ProbeFile file);
        if (errno != 0)
        {
            throw log.Error(errno, "Failed to find the given file", token, 0);
        }

        return file.IsRegular ? file : throw log.Invalid("Not a regular file", token, 0);
    }

    /// <summary>Parses the number that an offset is.</summary>
    public static ulong ParseOffset(TraceProbeLog log, int token, int start, string text)
    {
        Errno errno = KernelNumber.ParseUnsigned(text, out ulong offset);
        return errno == 0 ? offset : throw log.Error(errno, "Invalid uprobe offset", token, start);
    }

    /// <summary>Checks the number of arguments, of which the first is at <paramref name="firstToken"/>.</summary>
    public static void CheckArgCount(TraceProbeLog log, int firstToken)
    {
        if (log.Tokens.Count - firstToken > FetchArgParser.MaxArgs)
        {
            throw log.Error(Errno.E2BIG, "Too many arguments are specified", firstToken, 0);
        }
    }

    private static bool CheckHead(TraceProbeLog log)
    {
        char letter = log.Tokens[0][0];
        if (letter is not ('p' or 'r'))
        {
            throw log.Silent(Errno.EINVAL, "A definition starts with p or r");
        }

        if (log.Tokens.Count <= PlaceToken)
        {
            throw log.Silent(Errno.EINVAL, "PATH:OFFSET is missing");
        }

        CheckArgCount(log, PlaceToken + 1);
        return letter == 'r';
    }

    private ProbePlace ParsePlace(TraceProbeLog log)
    {
        string text = log.Tokens[PlaceToken];
        if (!text.Contains('/', StringComparison.Ordinal))
        {
            throw log.Silent(Errno.EINVAL, "The path has no slash");
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || colon + 1 >= text.Length || !KernelText.IsDigit(text[colon + 1]))
        {
            throw log.Silent(Errno.EINVAL, "The path is not followed by a colon and an offset");
        }

        string path = text[..colon];
        ProbeFile file = FindFile(log, PlaceToken, path);
        var suffix = PlaceSuffix.Parse(log, PlaceToken, colon + 1);
        ulong offset = ParseOffset(log, PlaceToken, colon + 1, suffix.Offset);
        return new ProbePlace(path, file, offset, suffix.RefCtrOffset, suffix.IsReturn);
    }
}
