using System;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>One write to a trigger file, in parts: <c>[!]NAME[:PARAM] [if FILTER]</c>.</summary>
/// <param name="Name">Name of the trigger.</param>
/// <param name="Removes">Whether it is to be removed.</param>
/// <param name="Rest">What follows the name; null when nothing does.</param>
internal readonly record struct TriggerCommand(string Name, bool Removes, string? Rest)
{
    /// <summary>Splits off the name.</summary>
    public static TriggerCommand Parse(string text)
    {
        ReadOnlySpan<char> command = KernelText.Strip(text);
        int end = command.IndexOfAny(": \t");
        ReadOnlySpan<char> name = end < 0 ? command : command[..end];
        ReadOnlySpan<char> rest = end < 0 ? default : KernelText.Strip(command[(end + 1)..]);
        bool removes = name.StartsWith('!');
        return new TriggerCommand(new string(removes ? name[1..] : name), removes, rest.IsEmpty ? null : new string(rest));
    }

    /// <summary>Splits what follows the name of a trigger whose parameter may be left out: only a number is taken for one.</summary>
    public (string? Param, string? Filter) SplitOptionalParam() =>
        Rest is not { } rest ? (null, null) : KernelText.IsDigit(rest[0]) ? SplitParam() : (null, rest);

    /// <summary>Splits what follows the name at the first blank.</summary>
    public (string? Param, string? Filter) SplitParam()
    {
        int end = Rest.AsSpan().IndexOfAny(' ', '\t');
        if (end < 0)
        {
            return (Rest, null);
        }

        ReadOnlySpan<char> filter = KernelText.Strip(Rest.AsSpan(end));
        return (Rest![..end], filter.IsEmpty ? null : new string(filter));
    }

    /// <summary>The count at the start of a parameter; what follows a colon does not matter.</summary>
    /// <exception cref="UprobeException">EINVAL, ERANGE: it is no number.</exception>
    public static long ParseCount(string? param)
    {
        if (param == null)
        {
            return EventTrigger.Unlimited;
        }

        Errno errno = KernelNumber.ParseUnsigned(param.Split(':')[0], out ulong count);
        return errno == 0 ? unchecked((long)count) : throw new UprobeException(errno, "A trigger's count is a number");
    }

    /// <summary>The expression behind <c>if</c>.</summary>
    /// <exception cref="UprobeException">EINVAL: it is something else.</exception>
    public static string? ParseIf(string? text)
    {
        if (text == null)
        {
            return null;
        }

        int end = text.AsSpan().IndexOfAny(' ', '\t');
        return end >= 0 && text.AsSpan(0, end) is "if"
            ? text[(end + 1)..]
            : throw new UprobeException(Errno.EINVAL, "What follows a trigger is: if FILTER");
    }
}
