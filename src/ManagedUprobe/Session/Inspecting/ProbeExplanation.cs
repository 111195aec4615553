using System.Collections.Generic;
using ManagedUprobe.Events;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>How a defined probe would be placed, and why not.</summary>
internal sealed record ProbeExplanation
{
    /// <summary>The probe.</summary>
    public required TraceUprobe Probe { get; init; }

    /// <summary>File offset: the probe's own, or that of a function that its IFUNC resolves to.</summary>
    public required ulong Offset { get; init; }

    /// <summary>Function and distance from its start, <c>f1+0x4</c>; null when it is in no known function.</summary>
    public string? Symbol { get; init; }

    /// <summary>Bytes of the displaced instruction; those that are looked at when they are none.</summary>
    public IReadOnlyList<byte> Bytes { get; init; } = [];

    /// <summary>The displaced instruction in AT&amp;T syntax, as it reads at its place in the file; null when the file could not be read there.</summary>
    public string? Instruction { get; init; }

    /// <summary>Whether an instruction begins there.</summary>
    public Boundary Boundary { get; init; }

    /// <summary>Why it would be refused; null when it would be placed.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whether it would be refused.</summary>
    public bool IsRefused => Refusal != null;

    /// <summary>What the kernel's uprobes would say, where that differs; null when they say the same.</summary>
    public string? KernelAnswer { get; init; }

    /// <summary>Whether the place is the start of an IFUNC's resolver.</summary>
    public bool IsIndirect { get; init; }

    /// <summary>Whether this is a function that the probe's IFUNC resolves to in the process that was asked about.</summary>
    public bool IsResolved { get; init; }

    /// <summary>How its returns would be caught, in words; null for an entry probe.</summary>
    public string? Returns { get; init; }

    /// <summary>Whether the file's headers map the place executable; what is not fires nowhere.</summary>
    public bool IsExecutable { get; init; } = true;

    /// <summary>How it is with the process that was asked about; null when none was.</summary>
    public ProcessPlaces? Process { get; init; }
}
