using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Parses the arguments of one definition: NAME=EXPR:TYPE (traceprobe_parse_probe_arg).</summary>
/// <param name="log">Makes the errors.</param>
/// <param name="firstToken">Token of the first argument.</param>
/// <param name="isReturn">Whether the probe is a return probe.</param>
internal sealed class FetchArgParser(TraceProbeLog log, int firstToken, bool isReturn)
{
    /// <summary>Most arguments of one event.</summary>
    public const int MaxArgs = 128;

    private const int MaxNameLength = 32;
    private const int MaxExpressionLength = 63;
    private const int MaxArrayCount = 64;
    private const int MaxFixedSize = 3072;

    private static readonly HashSet<string> s_reserved = new(StringComparer.Ordinal)
    {
        "common_type", "common_flags", "common_preempt_count", "common_pid", "common_tgid",
        "__probe_ip", "__probe_ret_ip", "__probe_func",
    };

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _index;
    private int _fixedSize;

    private int Token => firstToken + _index;

    /// <summary>Parses the tokens from the first argument on.</summary>
    /// <exception cref="Primitives.UprobeException">The first error, as the kernel reports it.</exception>
    public ImmutableArray<ProbeArg> Parse()
    {
        ImmutableArray<ProbeArg>.Builder args = ImmutableArray.CreateBuilder<ProbeArg>();
        for (_index = 0; Token < log.Tokens.Count; _index++)
        {
            args.Add(ParseOne(log.Tokens[Token]));
        }

        return args.ToImmutable();
    }

    private ProbeArg ParseOne(string token)
    {
        int equals = token.IndexOf('=', StringComparison.Ordinal);
        string name = ParseName(token, equals);
        string body = token[(equals + 1)..];
        if (body.Length > MaxExpressionLength)
        {
            throw log.Error(Errno.E2BIG, "Argument expression is too long", Token, equals + 1);
        }

        if (body.Length == 0)
        {
            throw log.Invalid("No argument expression", Token, equals + 1);
        }

        return ParseBody(name, body, equals + 1);
    }

    private string ParseName(string token, int equals)
    {
        if (equals > MaxNameLength)
        {
            throw log.Invalid("Argument name is too long", Token, 0);
        }

        if (equals == 0)
        {
            throw log.Invalid("Argument name is not specified", Token, 0);
        }

        string name = equals < 0 ? string.Create(CultureInfo.InvariantCulture, $"arg{_index + 1}") : token[..equals];
        if (!KernelText.IsGoodName(name))
        {
            throw log.Invalid("Argument name must follow the same rules as C identifiers", Token, 0);
        }

        if (s_reserved.Contains(name) || !_names.Add(name))
        {
            throw log.Invalid("This argument name is already used", Token, 0);
        }

        return name;
    }

    private ProbeArg ParseBody(string name, string body, int start)
    {
        int colon = body.IndexOf(':', StringComparison.Ordinal);
        string expression = colon < 0 ? body : body[..colon];
        int typeOffset = colon + 1;
        string? typeText = colon < 0 ? null : body[typeOffset..];
        int count = typeText is null ? 0 : ParseArray(ref typeText, start + typeOffset);
        FetchType type = FindType(expression, typeText, count, start + typeOffset);

        var parser = new FetchExpressionParser(log, Token, isReturn, start);
        List<FetchInsn> code = parser.Parse(expression);
        int offset = _fixedSize;
        _fixedSize += type.Size * Math.Max(count, 1);
        if (_fixedSize > MaxFixedSize)
        {
            throw log.Error(Errno.E2BIG, "Event too big (too many fields?)", Token, parser.Position);
        }

        // The kernel counts from where the expression's parser left off, which is not where the type stands.
        int typeCaret = parser.Position + typeOffset;
        Bitfield bits = Finish(code, type, typeText, count, typeCaret);
        return new ProbeArg
        {
            Name = name,
            Expression = body,
            Type = type,
            ArrayCount = count,
            Bits = bits,
            Offset = offset,
            Code = [.. code],
        };
    }

    /// <summary>Cuts [COUNT] off the type.</summary>
    /// <returns>The count, 0 when there is none.</returns>
    private int ParseArray(ref string type, int start)
    {
        int open = type.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
        {
            return 0;
        }

        int close = type.IndexOf(']', open + 1);
        if (close < 0)
        {
            throw log.Invalid("Array is not closed", Token, start + type.Length);
        }

        if (close != type.Length - 1)
        {
            throw log.Invalid("Array has wrong suffix", Token, start + close + 1);
        }

        Errno errno = KernelNumber.ParseUnsigned(type.AsSpan(open + 1, close - open - 1), out ulong count);
        if (errno != 0 || count is 0 or > uint.MaxValue)
        {
            throw log.Invalid("Invalid array size", Token, start + open + 1);
        }

        if (count > MaxArrayCount)
        {
            throw log.Invalid("Array number is too big", Token, start + open + 1);
        }

        type = type[..open];
        return (int)count;
    }

    private FetchType FindType(string expression, string? typeText, int count, int caret)
    {
        bool mustBeString = expression is "$comm" or "$COMM" || expression.StartsWith("\\\"", StringComparison.Ordinal);
        if (mustBeString)
        {
            return count == 0 && typeText is null or "string"
                ? FetchType.String
                : throw log.Invalid("$comm and immediate-string only accepts string type", Token, caret);
        }

        FetchType? type = typeText is null ? FetchType.Default : FetchType.Find(typeText);
        return type ?? throw log.Invalid("Unknown type is specified", Token, caret);
    }

    /// <summary>Appends the store, and checks that type and expression go together (finalize_fetch_insn).</summary>
    private Bitfield Finish(List<FetchInsn> code, FetchType type, string? typeText, int count, int caret)
    {
        FetchOp last = code[^1].Op;
        if (type.IsString && !HasAddress(last))
        {
            throw log.Invalid("String accepts only memory argument", Token, caret);
        }

        Bitfield bits = default;
        if (typeText is not null && typeText.StartsWith('b') && !TryParseBitfield(typeText, type.Size, out bits))
        {
            throw log.Invalid("Invalid bitfield", Token, caret);
        }

        // The message speaks of strings for arrays of numbers, too.
        if (count > 0 && !type.IsString && last != FetchOp.Dereference)
        {
            throw log.Invalid("String accepts only memory argument", Token, caret);
        }

        code.AddStore(_index, type, count);
        return bits;
    }

    private static bool HasAddress(FetchOp op) =>
        op is FetchOp.Dereference or FetchOp.DereferenceUser or FetchOp.Immediate or FetchOp.Comm or FetchOp.ImmediateString;

    private static bool TryParseBitfield(string text, int containerSize, out Bitfield bits)
    {
        bits = default;
        int at = 1;
        int used = KernelNumber.ParsePrefix(text.AsSpan(at), out ulong width);
        at += used;
        if (used == 0 || width == 0 || at >= text.Length || text[at] != '@')
        {
            return false;
        }

        at++;
        used = KernelNumber.ParsePrefix(text.AsSpan(at), out ulong offset);
        at += used;
        return used != 0 && at < text.Length && text[at] == '/' && Bitfield.TryCreate(width, offset, containerSize, out bits);
    }
}
