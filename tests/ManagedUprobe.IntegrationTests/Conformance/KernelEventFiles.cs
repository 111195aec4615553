using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>The kernel's event files, of which only what carries our tag is looked at: others use them at the same time.</summary>
internal sealed partial class KernelEventFiles : IDisposable
{
    private readonly TraceFsMount _mount = new();
    private readonly string _tag;
    private decimal _lastError;

    /// <summary>Mounts them.</summary>
    /// <param name="folder">Holds a file named by the tag.</param>
    /// <param name="tag">It is in the name of each file that our definitions name.</param>
    public KernelEventFiles(string folder, string tag)
    {
        _tag = tag;
        IsOlder = Write("uprobe_events", $"p:{tag}/older {folder}/{tag}:0x10 \\\"") == 0;
        Clear();
        _lastError = Log().Select(entry => entry.Time).DefaultIfEmpty().Max();
    }

    /// <summary>Whether this is a kernel before 6.18.44, some of whose answers are other ones.</summary>
    public bool IsOlder { get; }

    /// <summary>One write(), as bytes.</summary>
    /// <returns>0, or what it failed with.</returns>
    public Errno Write(string file, string text) => WriteOnce(_mount[file], text);

    public string Format(string groupAndEvent) =>
        File.ReadAllText(_mount[$"events/{groupAndEvent}/format"], Encoding.Latin1);

    /// <summary>The lines of our events, in order.</summary>
    public IReadOnlyList<string> Listing() =>
        [.. File.ReadAllText(_mount["uprobe_events"], Encoding.Latin1).Split('\n').Where(line => line.Contains(_tag, StringComparison.Ordinal))];

    /// <summary>What was logged since the last call for the given command (others may have been logged by others).</summary>
    public KernelError? NewError(string? command)
    {
        var errors = Log().Where(entry => entry.Time > _lastError).ToList();
        _lastError = errors.Select(entry => entry.Time).DefaultIfEmpty(_lastError).Max();
        return errors.LastOrDefault(entry => entry.Command == command || entry.Command.Contains(_tag, StringComparison.Ordinal));
    }

    /// <summary>Removes our events, each by a command that can mean no other.</summary>
    public void Clear()
    {
        foreach (string line in Listing())
        {
            string[] tokens = line.Split(' ');
            string name = tokens[0][2..];
            Errno errno = Write("uprobe_events", $"-:{name} {tokens[1]}");

            // Siblings at one place go together.
            if (errno is not (0 or Errno.ENOENT))
            {
                throw new InvalidOperationException($"The kernel does not delete {line}: {errno}");
            }
        }
    }

    public void Dispose()
    {
        Clear();
        _mount.Dispose();
    }

    private static Errno WriteOnce(string path, string text)
    {
        Errno errno = Libc.Open(path, write: true, out int fd);
        if (errno != 0)
        {
            return errno;
        }

        errno = Libc.WriteAll(fd, Encoding.Latin1.GetBytes(text));
        Libc.Close(fd);
        return errno;
    }

    private List<KernelError> Log()
    {
        string text = File.ReadAllText(_mount["error_log"], Encoding.Latin1);
        return [.. Entry().Matches(text).Select(match => new KernelError(
            decimal.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture),
            match.Groups["message"].Value,
            match.Groups["command"].Value,
            match.Groups["blanks"].Length - "  Command: ".Length))];
    }

    // A command holds no newline, but may hold other white space that the kernel knows none of.
    [GeneratedRegex(
        @"^\[ *(?<time>\d+\.\d{6})\] trace_uprobe: error: (?<message>[^\n]*)\n  Command: (?<command>[^\n]*)\n(?<blanks> *)\^\n",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();
}
