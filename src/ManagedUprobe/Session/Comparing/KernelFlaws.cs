using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Session.Comparing;

/// <summary>Knows where the kernel is wrong or harms the program, and we are not and do not: why the two differ.</summary>
internal static class KernelFlaws
{
    private const int ShellStatusOfTrap = 128 + 5;
    private const int ShellStatusOfAbort = 128 + 6;

    /// <summary>Why an event differs; null when no flaw of the kernel's explains it.</summary>
    /// <param name="comparison">The event.</param>
    /// <param name="probes">Its probes.</param>
    /// <param name="refused">What the kernel refuses.</param>
    public static string? Explain(
        EventComparison comparison,
        IReadOnlyList<TraceUprobe> probes,
        IReadOnlyDictionary<int, InsnRefusal> refused)
    {
        if (probes.FirstOrDefault(probe => refused.ContainsKey(probe.Index)) is { } probe)
        {
            InsnRefusal answer = refused[probe.Index];
            string errno = answer.Errno == UprobeException.NotSupported ? "ENOTSUPP" : answer.Errno.ToString();
            return $"the kernel refuses the instruction at {KernelText.ToUnicode(probe.Path)}:{probe.PlaceText} with {errno} ({answer.Reason}), "
                + "and says nothing when no process has mapped the file yet";
        }

        if (probes.Any(each => each.Symbol is { IsIndirect: true }))
        {
            return "the symbol is an IFUNC: the kernel probes its resolver, muprobe the function that runs";
        }

        return comparison.Kernel.Count != comparison.Ours.Count ? null
            : ShowsStaleData(comparison, probes) ? "where an inner dereference cannot be read, the kernel shows what an earlier hit left behind"
            : LacksRoom(comparison, probes)
                ? "for a string that cannot be read to its end the kernel reserves no room: it shows the start of it in the room of the others, which are cut"
            : null;
    }

    /// <summary>Why the program ended in another way; null when no flaw of the kernel's explains it.</summary>
    public static string? ExplainEnd(int kernelStatus, IEnumerable<TraceUprobe> probes, Func<TraceUprobe, byte[]> bytesOf)
    {
        var all = probes.ToList();
        return kernelStatus switch
        {
            ShellStatusOfTrap when all.Any(probe => bytesOf(probe) is [0x9c, ..] or [0x0f, 0x05, ..]) =>
                "the kernel steps pushf and syscall with the trap flag set, of which the program dies by SIGTRAP",
            ShellStatusOfAbort when all.Any(probe => probe.IsReturn) =>
                "under the kernel's return probes an exception does not find its way: the unwinder meets the replaced return address",
            _ when all.Any(probe => bytesOf(probe) is [0x49, 0x90, ..]) =>
                "the kernel takes xchg %rax,%r8 (49 90) for a nop, and the exchange is lost",
            _ when all.Any(probe => bytesOf(probe) is [0x0f, 0x1f, 0x44, 0x00, 0x00, ..]) =>
                "the kernel makes a call of a 5-byte nop, which writes below the stack pointer, where a leaf function may keep data",
            _ => null,
        };
    }

    // All lines are the same but for arguments with two dereferences or more, of which ours shows a fault: 0, or the word.
    private static bool ShowsStaleData(EventComparison comparison, IReadOnlyList<TraceUprobe> probes)
    {
        var nested = probes.SelectMany(probe => probe.Args).Where(IsNested).Select(arg => $" {arg.Name}=").ToHashSet(StringComparer.Ordinal);
        return nested.Count > 0 && comparison.Kernel.Zip(comparison.Ours)
            .Where(pair => pair.First.Text != pair.Second.Text)
            .All(pair => nested.Any(name => ShowsFault(pair.Second.Text, name)));
    }

    // Of several strings one cannot be read: it, or those behind it, differ.
    private static bool LacksRoom(EventComparison comparison, IReadOnlyList<TraceUprobe> probes) =>
        probes.Any(probe => probe.Args.Sum(arg => arg.Type.IsString ? arg.ElementCount : 0) > 1)
        && comparison.Kernel.Zip(comparison.Ours)
            .Where(pair => pair.First.Text != pair.Second.Text)
            .All(pair => pair.Second.Text.Contains("(fault)", StringComparison.Ordinal));

    private static bool IsNested(ProbeArg arg) =>
        arg.Code.Any(insn => insn.Op is FetchOp.Dereference or FetchOp.DereferenceUser)
        && arg.Code[^1].Op is not FetchOp.StoreValue;

    private static bool ShowsFault(string text, string name)
    {
        int at = text.IndexOf(name, StringComparison.Ordinal);
        ReadOnlySpan<char> value = at < 0 ? default : text.AsSpan(at + name.Length);
        int end = value.IndexOf(' ');
        value = end < 0 ? value : value[..end];
        return value is "0" or "0x0" or "(fault)" or "'\0'" || value.StartsWith("{0,") || value.StartsWith("{0x0,") || value.StartsWith("{(fault)");
    }
}
