using System;
using System.Linq;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>A parsed delete: which probes it means (dyn_event_release, trace_uprobe_match).</summary>
internal sealed class DeleteCommand
{
    private readonly string? _group;
    private readonly string _event;
    private readonly CommandTokens _tokens;

    private DeleteCommand(string? group, string name, CommandTokens tokens)
    {
        _group = group;
        _event = name;
        _tokens = tokens;
    }

    /// <summary>Parses <c>-:[GRP/]EV [PLACE [NAME=EXPR...]]</c>; no error of a delete is ever logged.</summary>
    /// <exception cref="UprobeException">EINVAL: it is no delete.</exception>
    public static DeleteCommand Parse(CommandTokens tokens)
    {
        string head = tokens[0];
        int colon = head.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || (head[0] == '-' && colon != 1))
        {
            throw new TraceProbeLog(tokens).Silent(Errno.EINVAL, "A deletion is written -:[GROUP/]EVENT");
        }

        string name = head[(colon + 1)..];
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (name.Length == 0)
        {
            throw new TraceProbeLog(tokens).Silent(Errno.EINVAL, "A deletion names an event or a group");
        }

        return new DeleteCommand(slash < 0 ? null : name[..slash], name[(slash + 1)..], tokens);
    }

    /// <summary>Whether <paramref name="probe"/> is meant; place and arguments are compared with the text of the listing.</summary>
    public bool Matches(TraceUprobe probe) =>
        (_event.Length == 0 || probe.Event == _event)
        && (_group is null || probe.Group == _group)
        && MatchesPlace(probe)
        && MatchesArgs(probe);

    private bool MatchesPlace(TraceUprobe probe) => _tokens.Count < 2 || _tokens[1] == $"{probe.Path}:{probe.PlaceText}";

    private bool MatchesArgs(TraceUprobe probe)
    {
        int count = Math.Max(_tokens.Count - 2, 0);
        return count <= probe.Args.Length
            && Enumerable.Range(0, count).All(i => _tokens[i + 2] == $"{probe.Args[i].Name}={probe.Args[i].Expression}");
    }
}
