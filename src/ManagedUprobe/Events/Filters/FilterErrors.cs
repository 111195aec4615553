using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events.Filters;

/// <summary>Makes the errors of one filter: the kernel's message, errno and caret.</summary>
/// <param name="text">The filter as written.</param>
internal sealed class FilterErrors(string text)
{
    /// <summary>An error inside a predicate: the kernel points one to the right of <paramref name="index"/>.</summary>
    public UprobeException InPredicate(string message, int index) => new(Errno.EINVAL, message, text, index + 1);

    /// <summary>An error of the structure.</summary>
    public UprobeException InStructure(Errno errno, string message, int index) => new(errno, message, text, index);

    /// <summary>An error that the kernel has no message for: the text is ours, the position -1.</summary>
    public UprobeException Silent(Errno errno, string message) => new(errno, message, text, -1);

    /// <summary>What reading the filter file shows after such an error, the last newline included.</summary>
    public static string Report(UprobeException error)
    {
        string text = error.Command!;
        if (error.Position < 0)
        {
            return $"{text}\nError: (0)\n\n";
        }

        int position = Math.Min(error.Position, text.Length);
        int column = position == 0 ? 0 : position + 1;
        return $"{text}\n{"^".PadLeft(Math.Max(column, 1))}\nparse_error: {error.Message}\n\n";
    }
}
