using System;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Parses one key or value of a hist command: NAME[.MODIFIER].</summary>
/// <param name="fields">The fields of the event.</param>
/// <param name="errors">Makes the errors.</param>
internal sealed class HistFieldParser(FilterFields fields, HistErrors errors)
{
    private const string BadModifier = "Invalid field modifier";
    private const string BucketsPrefix = "bucket";

    /// <summary>Parses a key.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public HistField ParseKey(string text)
    {
        HistField field = Parse(text, out string? modifier);
        return (field.IsText || field.Source == HistSource.Stack) && field.Modifier != HistModifier.None ? throw errors.At(BadModifier, modifier!) : field;
    }

    /// <summary>Parses a value.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public HistField ParseValue(string text)
    {
        HistField field = Parse(text, out _, isValue: true);
        if (field.Modifier is not (HistModifier.None or HistModifier.Hex or HistModifier.Usecs))
        {
            throw errors.At(BadModifier, text);
        }

        return field.IsText || field.Source == HistSource.Stack ? throw HistErrors.Silent(Errno.EINVAL, "A text cannot be summed") : field;
    }

    private HistField Parse(string text, out string? modifierText, bool isValue = false)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? text : text[..dot];
        modifierText = dot < 0 ? null : text[(dot + 1)..];
        HistModifier modifier = HistModifier.None;
        ulong bucketSize = 0;
        if (modifierText != null)
        {
            modifier = ParseModifier(name, modifierText, out bucketSize) ?? throw errors.At(BadModifier, ErrorPart(modifierText, text, isValue));
        }

        return Find(name) is { } field
            ? field with { Modifier = modifier, BucketSize = bucketSize }
            : throw errors.At("Couldn't find field", name);
    }

    private static HistModifier? ParseModifier(string name, string text, out ulong bucketSize)
    {
        bucketSize = 0;
        if (text.StartsWith(BucketsPrefix, StringComparison.Ordinal))
        {
            string size = BucketArgument(text);
            bool isGood = size.StartsWith('=') && KernelNumber.ParseUnsigned(size.AsSpan(1), out bucketSize) == 0 && bucketSize != 0;
            return isGood ? HistModifier.Buckets : null;
        }

        return text switch
        {
            "hex" => HistModifier.Hex,
            "sym" => HistModifier.Sym,
            "sym-offset" => HistModifier.SymOffset,
            "execname" when name == "common_pid" => HistModifier.ExecName,
            "log2" => HistModifier.Log2,
            "usecs" => HistModifier.Usecs,
            _ => null,
        };
    }

    /// <summary>What the kernel's caret is under: it has gone on a bit where the modifier has an argument.</summary>
    private static string ErrorPart(string modifier, string text, bool isValue)
    {
        if (isValue && modifier is "percent" or "graph")
        {
            return text;
        }

        if (!modifier.StartsWith(BucketsPrefix, StringComparison.Ordinal))
        {
            return modifier;
        }

        string argument = BucketArgument(modifier);
        return argument.StartsWith("=-", StringComparison.Ordinal) ? "" : argument.StartsWith('=') ? argument[1..] : argument;
    }

    private static string BucketArgument(string modifier)
    {
        string rest = modifier[BucketsPrefix.Length..];
        return rest.StartsWith('s') ? rest[1..] : rest;
    }

    private HistField? Find(string name)
    {
        HistSource? special = name switch
        {
            "common_timestamp" => HistSource.Timestamp,
            "common_cpu" => HistSource.Cpu,
            "common_comm" => HistSource.Comm,
            "common_stacktrace" => HistSource.Stack,
            "hitcount" => HistSource.HitCount,
            _ => null,
        };
        if (special is { } source)
        {
            return new HistField { Name = name, Source = source };
        }

        return fields.TryFind(name, out FilterField field) ? Of(field) : null;
    }

    private static HistField? Of(FilterField field) => field.Kind switch
    {
        FilterFieldKind.Number when field.Size is 1 or 2 or 4 or 8 => new HistField { Name = field.Name, Source = HistSource.Number, Field = field },
        FilterFieldKind.String => new HistField { Name = field.Name, Source = HistSource.Text, Field = field },
        FilterFieldKind.Comm => new HistField { Name = field.Name, Source = HistSource.Comm },
        FilterFieldKind.Cpu => new HistField { Name = field.Name, Source = HistSource.Cpu },
        FilterFieldKind.Stacktrace => new HistField { Name = "common_stacktrace", Source = HistSource.Stack },
        _ => null,
    };
}
