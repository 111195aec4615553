using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Threading;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>
/// The list behind uprobe_events: commands are written to it, the listing is read from it. Probes of one name are siblings of one event.
/// </summary>
/// <remarks>Safe for several threads. Observers are called under the table's lock and must not call back.</remarks>
internal sealed class EventTable
{
    /// <summary>Longest line with its newline.</summary>
    public const int MaxLine = 4095;

    private readonly Lock _lock = new();
    private readonly UprobeEventParser _parser;
    private readonly IOtherEvents _others;
    private readonly IProbeFiles _files;
    private readonly HashSet<(string Group, string Event)> _busy = [];
    private ImmutableList<TraceUprobe> _probes = [];
    private readonly ProbeIndex _index = new();
    private TraceUprobe[] _byIndex = new TraceUprobe[16];
    private int _count;

    /// <summary>Creates an empty table.</summary>
    /// <param name="files">Looks at the files of definitions.</param>
    /// <param name="others">Knows which names are taken; null: the tracepoints that every kernel has.</param>
    public EventTable(IProbeFiles files, IOtherEvents? others = null)
    {
        _files = files;
        _parser = new UprobeEventParser(_files);
        _others = others ?? new CoreTracepoints();
    }

    /// <summary>Called for each probe that is added.</summary>
    public Action<TraceUprobe>? Added { get; set; }

    /// <summary>Called for each probe that is removed.</summary>
    public Action<TraceUprobe>? Removed { get; set; }

    /// <summary>The probes in definition order: a snapshot.</summary>
    public IReadOnlyList<TraceUprobe> Probes => Volatile.Read(ref _probes);

    /// <summary>A probe that was ever defined, removed or not: what records refer to.</summary>
    public TraceUprobe ByIndex(int index) => Volatile.Read(ref _byIndex)[index];

    /// <summary>One write() to the file: its lines in turn; the first that fails ends it, those before it stay in effect.</summary>
    /// <exception cref="UprobeException">What the write fails with.</exception>
    public void Write(ReadOnlySpan<byte> data, EventFile file = EventFile.UprobeEvents)
    {
        while (!data.IsEmpty)
        {
            int newline = data.IndexOf((byte)'\n');
            int length = newline < 0 ? data.Length : newline + 1;
            ReadOnlySpan<byte> line = data[..length];
            if (length > MaxLine || line.Contains((byte)0))
            {
                throw new UprobeException(Errno.EINVAL, "The line is too long or has a NUL byte");
            }

            WriteLine(KernelText.FromBytes(newline < 0 ? line : line[..^1]), file);
            data = data[length..];
        }
    }

    /// <summary>One command (a definition, a delete, a comment, nothing), without its newline.</summary>
    /// <exception cref="UprobeException">What is wrong with it.</exception>
    public void WriteLine(string line, EventFile file = EventFile.UprobeEvents)
    {
        string command = CommandTokens.WithoutComment(line);
        var tokens = CommandTokens.Split(command);
        if (tokens.Count == 0)
        {
            return;
        }

        if (command[0] == '-' || (command[0] == '!' && file == EventFile.DynamicEvents))
        {
            Delete(DeleteCommand.Parse(tokens), tokens, evenBusy: false);
        }
        else
        {
            _ = Add(_parser.Parse(tokens), new TraceProbeLog(tokens), firstArgToken: 2);
        }
    }

    /// <summary>One command of the extended language: symbols, bare names, patterns. A definition takes effect as a whole or not at all; a delete, also when the event is in use.</summary>
    /// <returns>The probes that it added.</returns>
    /// <exception cref="UprobeException">What is wrong with it.</exception>
    public IReadOnlyList<TraceUprobe> WriteExtended(string line, ISymbolResolver symbols)
    {
        string command = CommandTokens.WithoutComment(line);
        var tokens = CommandTokens.Split(command);
        if (tokens.Count == 0)
        {
            return [];
        }

        if (command[0] == '-')
        {
            Delete(DeleteCommand.Parse(tokens), tokens, evenBusy: true);
            return [];
        }

        var extended = new ExtendedDefinition(_files, symbols);
        return AddAll(extended.Parse(tokens), new TraceProbeLog(tokens), extended.FirstArgToken);
    }

    /// <summary>The listing that reading the file gives.</summary>
    public byte[] Read()
    {
        var text = new StringBuilder();
        foreach (TraceUprobe probe in Probes)
        {
            _ = text.Append(probe.ListingLine).Append('\n');
        }

        return KernelText.ToBytes(text.ToString());
    }

    /// <summary>What opening with O_TRUNC does: removes everything, or nothing.</summary>
    /// <exception cref="UprobeException">EBUSY: an event is in use.</exception>
    public void Truncate()
    {
        lock (_lock)
        {
            if (_probes.Any(IsBusy))
            {
                throw new UprobeException(Errno.EBUSY, "An event is enabled");
            }

            foreach (TraceUprobe probe in _probes)
            {
                Remove(probe);
            }
        }
    }

    /// <summary>Says whether an event is in use (enabled): its last probe cannot be deleted then.</summary>
    public void SetBusy(string group, string name, bool busy)
    {
        lock (_lock)
        {
            _ = busy ? _busy.Add((group, name)) : _busy.Remove((group, name));
        }
    }

    private bool IsBusy(TraceUprobe probe) => _busy.Contains((probe.Group, probe.Event));

    private List<TraceUprobe> AddAll(IReadOnlyList<ProbeDefinition> definitions, TraceProbeLog log, int firstArgToken)
    {
        var added = new List<TraceUprobe>();
        lock (_lock)
        {
            try
            {
                foreach (ProbeDefinition definition in definitions)
                {
                    added.Add(Add(definition, log, firstArgToken));
                }
            }
            catch (UprobeException)
            {
                added.ForEach(Remove);
                throw;
            }
        }

        return added;
    }

    private TraceUprobe Add(ProbeDefinition definition, TraceProbeLog log, int firstArgToken)
    {
        lock (_lock)
        {
            TraceUprobe probe = definition.ToProbe(_count);
            new SiblingRules(log, firstArgToken, _index, _others).Check(probe);
            Keep(probe);
            _index.Add(probe);
            Volatile.Write(ref _probes, _probes.Add(probe));
            Added?.Invoke(probe);
            return probe;
        }
    }

    // Readers may hold the former array: it has everything that they can ask for.
    private void Keep(TraceUprobe probe)
    {
        TraceUprobe[] all = _byIndex;
        if (_count == all.Length)
        {
            Array.Resize(ref all, _count * 2);
        }

        all[_count++] = probe;
        Volatile.Write(ref _byIndex, all);
    }

    private void Delete(DeleteCommand command, CommandTokens tokens, bool evenBusy)
    {
        lock (_lock)
        {
            var matches = _probes.Where(command.Matches).ToList();
            if (matches.Count == 0)
            {
                throw new TraceProbeLog(tokens).Silent(Errno.ENOENT, "There is no such event");
            }

            foreach (TraceUprobe probe in matches)
            {
                if (!evenBusy && IsBusy(probe) && _index.SiblingsOf(probe).Count == 1)
                {
                    throw new TraceProbeLog(tokens).Silent(Errno.EBUSY, "The event is enabled");
                }

                Remove(probe);
            }
        }
    }

    /// <summary>Removes one probe, busy or not.</summary>
    public void Remove(TraceUprobe probe)
    {
        lock (_lock)
        {
            _index.Remove(probe);
            Volatile.Write(ref _probes, _probes.Remove(probe));
            Removed?.Invoke(probe);
        }
    }
}
