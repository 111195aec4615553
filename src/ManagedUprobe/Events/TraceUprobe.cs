using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Threading;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>One defined probe (trace_uprobe): a place, a name, arguments. Several of one name are siblings of one event.</summary>
/// <remarks>The definition never changes; only the hit counter does.</remarks>
internal sealed class TraceUprobe
{
    private ulong _nhit;
    private ulong _passed;

    /// <summary>Group of the event.</summary>
    public required string Group { get; init; }

    /// <summary>Name of the event.</summary>
    public required string Event { get; init; }

    /// <summary>Whether it fires at the return (letter r, or %return).</summary>
    public required bool IsReturn { get; init; }

    /// <summary>The path as written (one byte a character).</summary>
    public required string Path { get; init; }

    /// <summary>The file that the path named when the probe was defined.</summary>
    public required ProbeFile File { get; init; }

    /// <summary>File offset of the probed instruction.</summary>
    public required ulong Offset { get; init; }

    /// <summary>File offset of the reference counter, 0 without one.</summary>
    public required ulong RefCtrOffset { get; init; }

    /// <summary>The arguments.</summary>
    public required ImmutableArray<ProbeArg> Args { get; init; }

    /// <summary>The arguments, compiled.</summary>
    public required FetchProgram Program { get; init; }

    /// <summary>The symbol that an extended definition named, else null.</summary>
    public ResolvedSymbol? Symbol { get; init; }

    /// <summary>Number of this probe in its table, never used again: what a record's header refers to.</summary>
    public required int Index { get; init; }

    /// <summary>Hits so far, before any filtering; for a return probe the entries.</summary>
    public ulong HitCount => Volatile.Read(ref _nhit);

    /// <summary>Hits so far that an event filter let pass; those without a filter in force are not among them.</summary>
    public ulong PassedCount => Volatile.Read(ref _passed);

    /// <summary>Device and inode.</summary>
    public FileIdentity FileIdentity => File.Identity;

    /// <summary>Counts a hit. May be called from any thread.</summary>
    public void CountHit() => _ = Interlocked.Increment(ref _nhit);

    /// <summary>Counts a hit that a filter let pass. May be called from any thread.</summary>
    public void CountPassed() => _ = Interlocked.Increment(ref _passed);

    /// <summary>Whether both belong to one event.</summary>
    public bool IsSiblingOf(TraceUprobe other) => Group == other.Group && Event == other.Event;

    /// <summary>Whether both have textually the same arguments.</summary>
    public bool HasSameExpressions(TraceUprobe other)
    {
        for (int i = 0; i < Args.Length; i++)
        {
            if (Args[i].Expression != other.Args[i].Expression)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The offset as the listing and a delete's match have it.</summary>
    public string PlaceText
    {
        get
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"0x{Offset:x16}");
            return RefCtrOffset == 0 ? place : string.Create(CultureInfo.InvariantCulture, $"{place}(0x{RefCtrOffset:x})");
        }
    }

    /// <summary>The line that reading uprobe_events shows, without its newline.</summary>
    public string ListingLine
    {
        get
        {
            var line = new StringBuilder();
            _ = line.Append(IsReturn ? 'r' : 'p').Append(':').Append(Group).Append('/').Append(Event)
                .Append(' ').Append(Path).Append(':').Append(PlaceText);
            foreach (ProbeArg arg in Args)
            {
                _ = line.Append(' ').Append(arg.Name).Append('=').Append(arg.Expression);
            }

            return line.ToString();
        }
    }
}
