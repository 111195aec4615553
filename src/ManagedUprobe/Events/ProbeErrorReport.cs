using System;
using System.IO;
using System.Linq;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>Shows an error of a definition as the kernel's error_log does, for people.</summary>
internal static class ProbeErrorReport
{
    private const string Prefix = "  Command: ";

    /// <summary>Writes the message, the command, and a caret under the place (where the error has one).</summary>
    /// <param name="writer">Where to; a writer of Unicode text.</param>
    /// <param name="error">The error.</param>
    public static void Write(TextWriter writer, UprobeException error)
    {
        writer.WriteLine(error.Message);
        if (error.Command is null)
        {
            return;
        }

        writer.WriteLine(Prefix + KernelText.ToUnicode(error.Command));
        if (error.Position >= 0)
        {
            // The kernel counts bytes; the caret has to stand under a character.
            ReadOnlySpan<char> before = error.Command.AsSpan(0, Math.Min(error.Position, error.Command.Length));
            int column = KernelText.ToUnicode(before).EnumerateRunes().Count() + error.Position - before.Length;
            writer.WriteLine(new string(' ', Prefix.Length + column) + '^');
        }
    }
}
