using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events.Filters;

/// <summary>Parses one predicate: FIELD OPERATOR VALUE.</summary>
/// <param name="text">The filter.</param>
/// <param name="fields">The fields of the event.</param>
/// <param name="errors">Makes the errors.</param>
internal sealed class PredicateParser(string text, FilterFields fields, FilterErrors errors)
{
    private const int MaxString = 255;
    private const int MaxNumber = 23;
    private const string UserString = ".ustring";
    private const string Function = ".function";
    private const string CpuSetPrefix = "CPUS";

    // In the order in which the kernel tries them.
    private static readonly (string Text, FilterOperator Operator)[] s_operators =
    [
        ("~", FilterOperator.Glob), ("!=", FilterOperator.NotEqual), ("==", FilterOperator.Equal), ("<=", FilterOperator.LessOrEqual),
        ("<", FilterOperator.Less), (">=", FilterOperator.GreaterOrEqual), (">", FilterOperator.Greater), ("&", FilterOperator.And),
    ];

    private int _at;

    private char Current => _at < text.Length ? text[_at] : '\0';

    /// <summary>Parses the predicate at <paramref name="position"/> and moves behind it.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public FilterPredicate Parse(ref int position)
    {
        _at = position;
        FilterField field = ParseField();
        bool isFunction = ParseSuffix();
        SkipSpaces();
        FilterOperator op = ParseOperator();
        SkipSpaces();
        FilterPredicate predicate = isFunction ? throw RefuseFunction(field, op)
            : StartsWith(CpuSetPrefix) ? ParseCpus(field, op)
            : Current is '"' or '\'' ? ParseString(field, op)
            : KernelText.IsDigit(Current) || Current == '-' ? ParseNumber(field, op)
            : throw errors.InPredicate("Invalid value (did you forget quotes)?", _at);
        position = _at;
        return predicate;
    }

    private FilterField ParseField()
    {
        int start = _at;
        while (IsWord(Current) || Current == '_')
        {
            _at++;
        }

        if (_at == start)
        {
            throw errors.Silent(Errno.EPERM, "A field is expected");
        }

        return fields.TryFind(text[start.._at], out FilterField field) ? field : throw errors.InPredicate("Field not found", _at);
    }

    /// <summary>Passes a suffix of the field.</summary>
    /// <returns>Whether a function is asked for. (.ustring says how pointers to texts are read, of which these events have none.)</returns>
    private bool ParseSuffix()
    {
        bool isFunction = StartsWith(Function);
        _at += isFunction ? Function.Length : StartsWith(UserString) ? UserString.Length : 0;
        return isFunction;
    }

    private FilterOperator ParseOperator()
    {
        foreach ((string name, FilterOperator op) in s_operators)
        {
            if (StartsWith(name))
            {
                _at += name.Length;
                return op;
            }
        }

        throw errors.InPredicate("Invalid operator", _at);
    }

    /// <summary>A function of the kernel holds no address of a program.</summary>
    private UprobeException RefuseFunction(FilterField field, FilterOperator op)
    {
        if (field.Size != sizeof(ulong))
        {
            return errors.InPredicate("Illegal operation for field type", _at);
        }

        if (op is not (FilterOperator.Equal or FilterOperator.NotEqual))
        {
            return errors.InPredicate("Invalid operator", _at);
        }

        if (KernelText.IsDigit(Current))
        {
            if (ReadNumber(Math.Min(_at, text.Length), isSigned: false, out _) != 0)
            {
                return errors.InPredicate("Invalid value (did you forget quotes)?", _at);
            }
        }
        else
        {
            while (Current != '\0' && !KernelText.IsSpace(Current))
            {
                _at++;
            }
        }

        return errors.InPredicate("Function not found", _at);
    }

    private FilterPredicate ParseCpus(FilterField field, FilterOperator op)
    {
        bool fits = field.Kind is FilterFieldKind.Cpu or FilterFieldKind.Number;
        if (!fits || op is not (FilterOperator.Equal or FilterOperator.NotEqual or FilterOperator.And))
        {
            throw errors.InPredicate("Illegal operation for field type", _at);
        }

        _at += CpuSetPrefix.Length;
        if (Current != '{')
        {
            throw errors.InPredicate("Missing '{'", _at + 1);
        }

        int start = ++_at;
        while (Current is not ('}' or '\0'))
        {
            _at++;
        }

        if (Current != '}')
        {
            throw errors.InPredicate("Missing '}'", _at);
        }

        CpuSet? cpus = start == _at ? null : CpuSet.Parse(text.AsSpan(start, _at - start), PossibleCpus.Count);
        if (cpus == null)
        {
            throw errors.InPredicate("Invalid cpulist", _at);
        }

        _at++;
        return new FilterPredicate(field, op, cpus);
    }

    private FilterPredicate ParseString(FilterField field, FilterOperator op)
    {
        if (op is not (FilterOperator.Equal or FilterOperator.NotEqual or FilterOperator.Glob))
        {
            throw errors.InPredicate("Illegal operation for field type", _at);
        }

        if (!field.IsString)
        {
            throw errors.InPredicate("Expecting numeric field", _at);
        }

        // That every quote is closed was seen before.
        int start = _at + 1;
        _at = text.IndexOf(Current, start);
        if (_at - start > MaxString)
        {
            throw errors.InPredicate("Operand too long", _at);
        }

        string value = text[start.._at++];
        return new FilterPredicate(field, op, op == FilterOperator.Glob ? FilterPattern.Wildcards(value) : FilterPattern.Exact(value));
    }

    private FilterPredicate ParseNumber(FilterField field, FilterOperator op)
    {
        if (field.IsString)
        {
            throw errors.InPredicate("Expecting string field", _at);
        }

        if (op == FilterOperator.Glob)
        {
            throw errors.InPredicate("Illegal operation for field type", _at);
        }

        int start = _at;
        _at += Current == '-' ? 1 : 0;
        return ReadNumber(start, field.IsSigned, out ulong value) == 0
            ? new FilterPredicate(field, op, value)
            : throw errors.InPredicate("Illegal integer value", start);
    }

    /// <summary>Passes the rest of a number that starts at <paramref name="start"/>, and converts it.</summary>
    private Errno ReadNumber(int start, bool isSigned, out ulong value)
    {
        while (IsWord(Current))
        {
            _at++;
        }

        if (_at - start > MaxNumber)
        {
            throw errors.InPredicate("Operand too long", _at);
        }

        ReadOnlySpan<char> number = text.AsSpan(start, _at - start);
        if (!isSigned)
        {
            return KernelNumber.ParseUnsigned(number, out value);
        }

        Errno errno = KernelNumber.ParseSigned(number, out long signed);
        value = unchecked((ulong)signed);
        return errno;
    }

    private bool StartsWith(string word) => text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal);

    private void SkipSpaces()
    {
        while (KernelText.IsSpace(Current))
        {
            _at++;
        }
    }

    private static bool IsWord(char c) => KernelText.IsAlpha(c) || KernelText.IsDigit(c);
}
