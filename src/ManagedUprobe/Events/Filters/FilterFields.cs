using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Events.Filters;

/// <summary>The fields of one event: its own, then those that every event has.</summary>
/// <remarks>Siblings of an event have the same fields. Immutable.</remarks>
internal sealed class FilterFields
{
    private const int WordSize = sizeof(ulong);

    private static readonly FilterField[] s_generic =
    [
        new("CPU", FilterFieldKind.Cpu, 0, 0, IsSigned: true),
        new("cpu", FilterFieldKind.Cpu, 0, 0, IsSigned: true),
        new("common_cpu", FilterFieldKind.Cpu, 0, 0, IsSigned: true),
        new("COMM", FilterFieldKind.Comm, 0, 0, IsSigned: false),
        new("comm", FilterFieldKind.Comm, 0, 0, IsSigned: false),
        new("stacktrace", FilterFieldKind.Stacktrace, 0, 0, IsSigned: false),
        new("STACKTRACE", FilterFieldKind.Stacktrace, 0, 0, IsSigned: false),
        new("common_type", FilterFieldKind.Number, 0, 2, IsSigned: false),
        new("common_flags", FilterFieldKind.Number, 2, 1, IsSigned: false),
        new("common_preempt_count", FilterFieldKind.Number, 3, 1, IsSigned: false),
        new("common_pid", FilterFieldKind.Number, 4, 4, IsSigned: true),
    ];

    private readonly Dictionary<string, FilterField> _fields;

    private FilterFields(IReadOnlyList<FilterField> own)
    {
        Own = own;

        // An argument may be called comm: it hides the general one.
        _fields = own.Concat(s_generic.Where(general => own.All(field => field.Name != general.Name)))
            .ToDictionary(field => field.Name);
    }

    /// <summary>The fields that only this event has, in the order of its format.</summary>
    public IReadOnlyList<FilterField> Own { get; }

    /// <summary>The fields of a probe's event.</summary>
    public static FilterFields Of(TraceUprobe probe)
    {
        var own = new List<FilterField>
        {
            new(probe.IsReturn ? "__probe_func" : "__probe_ip", FilterFieldKind.Number, FetchProgram.CommonSize, WordSize, IsSigned: false),
        };
        if (probe.IsReturn)
        {
            own.Add(new FilterField("__probe_ret_ip", FilterFieldKind.Number, FetchProgram.CommonSize + WordSize, WordSize, IsSigned: false));
        }

        own.AddRange(probe.Args.Select(arg => OfArgument(probe, arg)));
        return new FilterFields(own);
    }

    /// <summary>The field of that name.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryFind(string name, out FilterField field) => _fields.TryGetValue(name, out field);

    // An array of numbers is one field of all its bytes: of 1, 2, 4 or 8 bytes it is compared as one number, as the kernel does.
    private static FilterField OfArgument(TraceUprobe probe, ProbeArg arg) => new(
        arg.Name,
        arg.Type.IsString ? FilterFieldKind.String : FilterFieldKind.Number,
        probe.Program.FirstField + arg.Offset,
        arg.Size,
        arg.Type.Format is FetchFormat.Signed or FetchFormat.String);
}
