using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Events.Filters;

/// <summary>One comparison of a field with a value.</summary>
internal sealed class FilterPredicate
{
    /// <summary>Bytes of the kernel's buffer for a thread's name.</summary>
    private const int CommRoom = 16;

    private readonly FilterField _field;
    private readonly FilterOperator _operator;
    private readonly ulong _value;
    private readonly FilterPattern? _pattern;
    private readonly CpuSet? _cpus;

    /// <summary>Compares numbers; the value is cut to the field's size when it is used.</summary>
    public FilterPredicate(FilterField field, FilterOperator op, ulong value) => (_field, _operator, _value) = (field, op, value);

    /// <summary>Compares texts.</summary>
    public FilterPredicate(FilterField field, FilterOperator op, FilterPattern pattern) =>
        (_field, _operator, _pattern) = (field, op, pattern);

    /// <summary>Compares a number, which is taken for that of a CPU, with a set of CPUs.</summary>
    public FilterPredicate(FilterField field, FilterOperator op, CpuSet cpus)
    {
        _field = field;
        _operator = op;

        // A set of one is that number: then it can also be equal.
        _cpus = cpus.Count == 1 ? null : cpus;
        _value = (ulong)cpus.First;
        if (cpus.Count == 1)
        {
            _field = field with { IsSigned = false };
            _operator = op == FilterOperator.And ? FilterOperator.Equal : op;
        }
    }

    /// <summary>Whether the comparison holds. No allocation.</summary>
    public bool Matches(in FilterInput input)
    {
        switch (_field.Kind)
        {
            case FilterFieldKind.String:
                return MatchesString(input.Record);
            case FilterFieldKind.Comm:
                return _pattern!.IsMatch(input.Comm, CommRoom) != IsNegated;
            case FilterFieldKind.Cpu:
                return _cpus != null ? MatchesSet((uint)input.Cpu) : MatchesCpu(input.Cpu);
            case FilterFieldKind.Number when _field.Size is 1 or 2 or 4 or 8:
                ulong number = Load(input.Record[_field.Offset..], _field.Size);
                return _cpus != null ? MatchesSet(unchecked((uint)number)) : MatchesNumber(number);
            default:
                // A stack, or an array of many bytes: the kernel accepts it and nothing is ever equal to it, or unequal.
                return false;
        }
    }

    private bool IsNegated => _operator == FilterOperator.NotEqual || _pattern!.IsNegated;

    private bool MatchesString(ReadOnlySpan<byte> record)
    {
        uint locator = BinaryPrimitives.ReadUInt32LittleEndian(record[_field.Offset..]);
        int room = (int)(locator >> 16);
        ReadOnlySpan<byte> text = room == 0 ? default : record.Slice((int)(locator & 0xffff), room - 1);
        return _pattern!.IsMatch(text, room) != IsNegated;
    }

    private bool MatchesCpu(int cpu)
    {
        int value = unchecked((int)_value);
        return _operator != FilterOperator.And && Compare(cpu.CompareTo(value));
    }

    private bool MatchesSet(uint cpu) => cpu < (uint)Primitives.PossibleCpus.Count && _operator switch
    {
        FilterOperator.NotEqual => true,
        FilterOperator.And => _cpus!.Contains(cpu),
        _ => false,
    };

    private bool MatchesNumber(ulong number)
    {
        int unused = 64 - (_field.Size * 8);
        ulong value = _value << unused >> unused;
        if (_operator == FilterOperator.And)
        {
            return (number & value) != 0;
        }

        return Compare(_field.IsSigned
            ? unchecked((long)(number << unused)).CompareTo(unchecked((long)(value << unused)))
            : number.CompareTo(value));
    }

    private bool Compare(int order) => _operator switch
    {
        FilterOperator.Equal => order == 0,
        FilterOperator.NotEqual => order != 0,
        FilterOperator.Less => order < 0,
        FilterOperator.LessOrEqual => order <= 0,
        FilterOperator.Greater => order > 0,
        _ => order >= 0,
    };

    private static ulong Load(ReadOnlySpan<byte> at, int size) => size switch
    {
        1 => at[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
    };
}
