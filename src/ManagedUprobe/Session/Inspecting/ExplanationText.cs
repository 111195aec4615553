using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Events;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>An explanation in words: what is shown, in order, as names and values.</summary>
internal static class ExplanationText
{
    /// <summary>Name of the row with the event's name.</summary>
    public const string EventRow = "event";

    /// <summary>Name of the row that says whether the probe would be placed.</summary>
    public const string ModeRow = "mode";

    /// <summary>The rows; those that have nothing to say are left out.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(ProbeExplanation explanation)
    {
        TraceUprobe probe = explanation.Probe;
        yield return (EventRow, $"{probe.Group}:{probe.Event}{(probe.IsReturn ? " (return)" : "")}");
        yield return ("file", KernelText.ToUnicode(probe.Path));
        yield return ("offset", Hex(explanation.Offset));
        if (explanation.Symbol is { } symbol)
        {
            yield return ("symbol", symbol);
        }

        if (explanation.Instruction is { } instruction)
        {
            yield return ("instruction", $"{HexBytes(explanation.Bytes)}  {instruction}");
            yield return ("boundary", Word(explanation.Boundary));
        }

        if (explanation.IsResolved)
        {
            yield return ("ifunc", $"what {probe.Symbol?.Name} resolves to in the process");
        }
        else if (explanation.IsIndirect)
        {
            yield return ("ifunc", probe.Symbol is { IsIndirect: true }
                ? "this is its resolver; the function that it chooses in a running process is probed"
                : "this is a resolver, which chooses the function that runs; the resolver itself is probed");
        }

        if (!explanation.IsExecutable)
        {
            yield return ("warning", "the file's headers do not map this place executable: it fires nowhere");
        }

        yield return (ModeRow, explanation.Refusal is { } refusal ? $"refused: {refusal}" : "trap");
        if (explanation is { IsRefused: false, Returns: { } returns })
        {
            yield return ("return", returns);
        }

        if (explanation.KernelAnswer is { } answer)
        {
            yield return ("kernel", answer);
        }

        if (explanation.Process is { } process)
        {
            yield return ("process", $"{process.Pid} ({process.Name}): {Describe(process, explanation.IsRefused)}");
        }
    }

    private static string Describe(ProcessPlaces process, bool isRefused)
    {
        string where = process.Addresses.Count > 0 ? $"mapped at {string.Join(", ", process.Addresses.Select(Hex))}"
            : process.HasOtherGeneration ? "maps an older file of this path, which has been replaced since"
            : "not mapped";
        if (process.WhyRefused is { } reason)
        {
            return $"{where}; may not be traced: {reason}";
        }

        string verdict = isRefused ? "would not be probed"
            : process.Addresses.Count > 0 ? "would be probed"
            : "would be probed when it maps the file";
        return $"{where}; {verdict}";
    }

    private static string Word(Boundary boundary) => boundary switch
    {
        Boundary.FunctionStart => "yes, the start of the function",
        Boundary.Instruction => "yes",
        Boundary.Middle => "no",
        Boundary.Unknown => "not known: no function of known extent",
        _ => throw new ArgumentOutOfRangeException(nameof(boundary)),
    };

    private static string Hex(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    private static string HexBytes(IReadOnlyList<byte> bytes) =>
        string.Join(' ', bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
}
