using System;
using System.Globalization;

namespace ManagedUprobe.Events;

/// <summary>Group and event of a definition.</summary>
/// <param name="Group">Null: the default group.</param>
/// <param name="Event">Null: to be named after the place.</param>
internal readonly record struct ProbeEventName(string? Group, string? Event)
{
    /// <summary>Group of events that name none.</summary>
    public const string DefaultGroup = "uprobes";

    /// <summary>Longest name.</summary>
    public const int MaxLength = 63;

    /// <summary>Column of the name part in the first token.</summary>
    private const int Start = 2;

    /// <summary>Parses the first token; what stands between the letter and a blank without a colon is ignored, as the kernel does.</summary>
    /// <exception cref="Primitives.UprobeException">The name is wrong.</exception>
    public static ProbeEventName Parse(TraceProbeLog log, string head)
    {
        if (head.Length < Start || head[1] != ':')
        {
            return default;
        }

        string name = head[Start..];
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        int split = slash >= 0 ? slash : name.IndexOf('.', StringComparison.Ordinal);
        string? group = split < 0 ? null : CheckGroup(log, name[..split]);
        string text = name[(split + 1)..];
        if (text.Length == 0 && group is not null)
        {
            return new ProbeEventName(group, null);
        }

        CheckEvent(log, text, Start + split + 1);
        return new ProbeEventName(group, text);
    }

    /// <summary>p_BASE_0xOFFSET; not validated, as in the kernel.</summary>
    public static string Auto(string path, ulong offset)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        int end = file.AsSpan().IndexOfAny('.', '-', '_');
        string name = string.Create(CultureInfo.InvariantCulture, $"p_{(end < 0 ? file : file[..end])}_0x{offset:x}");
        return name.Length <= MaxLength ? name : name[..MaxLength];
    }

    private static string CheckGroup(TraceProbeLog log, string group)
    {
        if (group.Length == 0)
        {
            throw log.Invalid("Group name is not specified", 0, Start);
        }

        if (group.Length > MaxLength)
        {
            throw log.Invalid("Group name is too long", 0, Start);
        }

        return KernelText.IsGoodGroupName(group)
            ? group
            : throw log.Invalid("Group name must follow the same rules as C identifiers", 0, Start);
    }

    private static void CheckEvent(TraceProbeLog log, string text, int column)
    {
        if (text.Length == 0)
        {
            throw log.Invalid("Event name is not specified", 0, column);
        }

        if (text.Length > MaxLength)
        {
            throw log.Invalid("Event name is too long", 0, column);
        }

        if (!KernelText.IsGoodName(text))
        {
            throw log.Invalid("Event name must follow the same rules as C identifiers", 0, column);
        }
    }
}
