using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Parses what follows <c>hist:</c>, without the filter.</summary>
/// <param name="fields">The fields of the event.</param>
/// <param name="errors">Makes the errors.</param>
internal sealed class HistParser(FilterFields fields, HistErrors errors)
{
    private const int MaxKeys = 3;
    private const int MaxValues = 2;
    private const int MaxSorts = 2;
    private const int MaxKeySize = 384;
    private const int DefaultSize = 2048;
    private const ulong MaxSize = 131_072;
    private const string SortPrefix = "sort=";

    private static readonly string[] s_clocks = ["local", "global", "counter", "uptime", "perf", "mono", "mono_raw", "boot", "tai", "x86-tsc"];

    private readonly HistFieldParser _fieldParser = new(fields, errors);
    private string? _keys;
    private string? _values;
    private string? _sorts;
    private string? _name;
    private string? _variable;
    private string _clock = "global";
    private int _size = DefaultSize;
    private bool _noHitCount;
    private bool _pauses;
    private bool _continues;
    private bool _clears;

    /// <summary>Parses the command.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public HistDefinition Parse(string text)
    {
        foreach (string part in text.Split(':'))
        {
            ParsePart(part);
        }

        if (_keys == null)
        {
            throw HistErrors.Silent(Errno.EINVAL, "A histogram needs keys");
        }

        if (_variable != null)
        {
            throw errors.At("Couldn't find field", _variable);
        }

        List<HistField> values = ParseValues();
        List<HistField> keys = ParseKeys();
        return new HistDefinition
        {
            Keys = keys,
            Values = values,
            Sorts = ParseSorts(values, keys),
            Size = _size,
            Name = _name,
            NoHitCount = _noHitCount,
            Clock = CheckClock(keys.Concat(values)),
            NeedsExisting = _continues || _clears,
            Action = _pauses ? HistAction.Pause : _continues ? HistAction.Continue : _clears ? HistAction.Clear : null,
        };
    }

    private void ParsePart(string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
        {
            string value = part[(equals + 1)..];
            ParseAssignment(part[..equals], value.Length > 0 ? value : throw errors.At("Empty assignment", part));
            return;
        }

        _noHitCount |= part is "nohitcount" or "NOHC";
        _pauses |= part == "pause";
        _continues |= part is "cont" or "continue";
        _clears |= part == "clear";
        if (part is not ("nohitcount" or "NOHC" or "pause" or "cont" or "continue" or "clear"))
        {
            throw HistErrors.Silent(Errno.EINVAL, $"A histogram has no '{KernelText.ToUnicode(part)}'");
        }
    }

    private void ParseAssignment(string name, string value)
    {
        switch (name)
        {
            case "key" or "keys":
                _keys = value;
                break;
            case "val" or "vals" or "values":
                _values = value;
                break;
            case "sort":
                _sorts = value;
                break;
            case "name":
                _name = value;
                break;
            case "clock":
                _clock = new string(KernelText.Strip(value));
                break;
            case "size":
                _size = ParseSize(value);
                break;
            default:
                _variable ??= value;
                break;
        }
    }

    private static int ParseSize(string text)
    {
        Errno errno = KernelNumber.ParseUnsigned(text, out ulong size);
        if (errno != 0)
        {
            throw HistErrors.Silent(errno, "The size of a histogram is a number");
        }

        ulong rounded = size > MaxSize ? size : BitOperations.RoundUpToPowerOf2(size);
        return rounded is >= 128 and <= MaxSize
            ? (int)rounded
            : throw HistErrors.Silent(Errno.EINVAL, "A histogram has 65 to 131072 entries");
    }

    private List<HistField> ParseValues()
    {
        var values = new List<HistField>();
        string[] parts = _values?.Split(',').Where(part => part != "hitcount").ToArray() ?? [];
        foreach (string part in parts.Take(MaxValues))
        {
            values.Add(_fieldParser.ParseValue(part));
        }

        if (parts.Length > MaxValues)
        {
            throw HistErrors.Silent(Errno.EINVAL, "A histogram has at most two values");
        }

        return values.Count == 0 && _noHitCount
            ? throw errors.At("Non-hitcount value is required for 'nohitcount'", "", Errno.ENOENT)
            : values;
    }

    private List<HistField> ParseKeys()
    {
        var keys = new List<HistField>();
        string[] parts = _keys!.Split(',');
        foreach (string part in parts.Take(MaxKeys))
        {
            keys.Add(_fieldParser.ParseKey(part));
            if (keys.Sum(key => key.KeySize) > MaxKeySize)
            {
                throw HistErrors.Silent(Errno.EINVAL, "The keys are too big");
            }
        }

        return parts.Length > MaxKeys ? throw HistErrors.Silent(Errno.EINVAL, "A histogram has at most three keys") : keys;
    }

    private List<HistSort> ParseSorts(List<HistField> values, List<HistField> keys)
    {
        if (_sorts == null)
        {
            return [new HistSort(0, Descending: false)];
        }

        var sorts = new List<HistSort>();
        string[] parts = _sorts.Split(',');
        foreach (string part in parts)
        {
            if (part.Length == 0)
            {
                throw errors.At("Empty sort field", SortPrefix);
            }

            if (sorts.Count == MaxSorts - 1 && parts.Length > MaxSorts)
            {
                throw errors.At("Too many sort fields (Max = 2)", SortPrefix);
            }

            sorts.Add(ParseSort(part, [.. values, .. keys]));
        }

        return sorts;
    }

    private HistSort ParseSort(string text, List<HistField> candidates)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? text : text[..dot];
        if (name.Length == 0)
        {
            throw errors.At("Empty sort field", SortPrefix);
        }

        int index = name == "hitcount" ? 0 : candidates.FindIndex(field => field.SourceName == name) + 1;
        if (index == 0 && name != "hitcount")
        {
            throw errors.At("Sort field must be a key or a val", name);
        }

        string? direction = dot < 0 ? null : text[(dot + 1)..];
        return direction is null or "ascending" or "descending"
            ? new HistSort(index, direction == "descending")
            : throw errors.At("Invalid sort modifier", direction);
    }

    private string CheckClock(IEnumerable<HistField> used) =>
        Array.Exists(s_clocks, clock => clock == _clock) || used.All(field => field.Source != HistSource.Timestamp)
            ? _clock
            : throw errors.At("Couldn't set trace_clock", _clock);
}
