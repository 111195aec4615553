using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Session;
using ManagedUprobe.Session.Comparing;

namespace ManagedUprobe.Command.Comparing;

/// <summary>Shows how two runs compare.</summary>
internal sealed class CompareReport(BackendComparison comparison, BackendRun kernel, BackendRun ours)
{
    private readonly StringBuilder _text = new();

    /// <summary>Writes the report to standard output.</summary>
    /// <returns>The exit status: 0, or 1 when anything differs.</returns>
    public int Write()
    {
        List<EventComparison> events = EventComparison.CompareAll(comparison.Probes.Select(probe => probe.Event), kernel.Events, ours.Events);
        AddLine($"{"event",-40} {"kernel",9} {"muprobe",9}");
        events.ForEach(AddEvent);
        bool endsDiffer = AddEnds();
        AddLine($"{(comparison.HasSameLayout ? "both ran without randomised addresses" : "addresses are randomised and were masked")}");
        using (var output = OutputDescriptor.Open(path: null))
        {
            _ = output.TryWrite(Encoding.UTF8.GetBytes(_text.ToString()));
        }

        return endsDiffer || events.Exists(each => each.Result == ComparisonResult.Different) ? 1 : ExitCodes.Success;
    }

    private void AddEvent(EventComparison each)
    {
        AddLine($"{KernelText.ToUnicode(each.Event),-40} {each.Kernel.Count,9} {each.Ours.Count,9}  {Word(each.Result)}");
        if (each.Result != ComparisonResult.Different)
        {
            return;
        }

        int at = each.FirstDifference;
        AddLine($"    line {at + 1}");
        AddLine($"    kernel   {Line(each.Kernel, at)}");
        AddLine($"    muprobe  {Line(each.Ours, at)}");
        if (KernelFlaws.Explain(each, [.. comparison.Probes.Where(probe => probe.Event == each.Event)], comparison.Refused) is { } why)
        {
            AddLine($"    known: {why}");
        }
    }

    private bool AddEnds()
    {
        bool differs = kernel.Status != ours.Status;
        if (differs || kernel.Status != 0)
        {
            AddLine($"{"exit status",-40} {kernel.Status,9} {ours.Status,9}  {(differs ? "differs" : "same")}");
        }

        bool output = !kernel.Output.AsSpan().SequenceEqual(ours.Output);
        bool errors = !kernel.Errors.AsSpan().SequenceEqual(ours.Errors);
        AddOutput("standard output", kernel.Output, ours.Output, output);
        AddOutput("standard error", kernel.Errors, ours.Errors, errors);
        differs |= output || errors;
        if (differs && KernelFlaws.ExplainEnd(kernel.Status, comparison.Probes, BackendComparison.BytesOf) is { } why)
        {
            AddLine($"    known: {why}");
        }

        return differs;
    }

    private void AddOutput(string name, byte[] kernels, byte[] our, bool differs)
    {
        if (differs)
        {
            AddLine($"{name + " (bytes)",-40} {kernels.Length,9} {our.Length,9}  differs from byte {kernels.AsSpan().CommonPrefixLength(our)} on");
        }
    }

    private void AddLine(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Line(IReadOnlyList<RecordedEvent> events, int at) =>
        at < events.Count ? KernelText.ToUnicode(events[at].Text) : "(no such line)";

    private static string Word(ComparisonResult result) => result switch
    {
        ComparisonResult.Same => "same",
        ComparisonResult.OtherOrder => "same, in another order",
        ComparisonResult.OtherAddresses => "same but for addresses",
        _ => "differs",
    };
}
