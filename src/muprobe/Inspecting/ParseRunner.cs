using System;
using System.IO;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>Runs muprobe parse.</summary>
internal static class ParseRunner
{
    public static int Run(ParseOptions options) => CommandErrors.Guard(() =>
    {
        // The event language knows bytes, not characters: one byte a character here, in and out.
        string text = Encoding.Latin1.GetString(InputFile.Read(options.Path));
        using TargetView? host = options.Extended ? TargetView.OfHost() : null;
        var report = new ParseReport
        {
            Fresh = options.Fresh,
            File = options.File,
            Symbols = host,
            Files = (IProbeFiles?)host ?? new HostProbeFiles(),
        };
        using var output = new StreamWriter(Console.OpenStandardOutput(), Encoding.Latin1);
        report.Write(Lines(text), output);
        return ExitCodes.Success;
    });

    // A newline ends a line; text behind the last one is a line as well.
    private static string[] Lines(string text)
    {
        string[] lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
