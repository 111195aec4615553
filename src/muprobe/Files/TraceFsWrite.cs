using System;

namespace ManagedUprobe.Command.Files;

/// <summary>One -w: what is written to which file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Text">The text.</param>
/// <param name="Append">Whether the file is opened without truncating it.</param>
internal sealed record TraceFsWrite(string Path, string Text, bool Append)
{
    /// <summary>Reads <c>FILE=TEXT</c> or <c>FILE+=TEXT</c>; null when it is neither.</summary>
    public static TraceFsWrite? Parse(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        bool append = equals > 0 && argument[equals - 1] == '+';
        int end = append ? equals - 1 : equals;
        return end <= 0 ? null : new TraceFsWrite(argument[..end], argument[(equals + 1)..], append);
    }
}
