using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Session.Returning;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>Says how probes would be placed, without placing any.</summary>
internal sealed class ProbeInspector
{
    private readonly TargetView _view;
    private readonly EventTable _table;
    private readonly TargetMappings? _mappings;
    private readonly string? _whyRefused;

    /// <summary>Looks files, libraries and symbols up as a process does, or as this one does.</summary>
    /// <exception cref="UprobeException">There is no such process, or it may not be looked at.</exception>
    public ProbeInspector(int? pid)
    {
        _mappings = pid is { } target ? TargetMappings.Read(target) : null;
        _whyRefused = _mappings?.WhyRefused();
        _view = pid is { } process ? TargetView.OfProcess(process) : TargetView.OfHost();
        _table = new EventTable(_view);
    }

    /// <summary>Defines an event.</summary>
    /// <exception cref="UprobeException">The definition is wrong.</exception>
    public void Define(string definition) => _ = _table.WriteExtended(definition, _view);

    /// <summary>Explains all that is defined, in definition order.</summary>
    public IEnumerable<ProbeExplanation> ExplainAll()
    {
        foreach (TraceUprobe probe in _table.Probes)
        {
            yield return Explain(probe, probe.Offset);
            foreach (ulong offset in ResolvedIn(probe))
            {
                yield return Explain(probe, offset) with { IsResolved = true };
            }
        }
    }

    private ProbeExplanation Explain(TraceUprobe probe, ulong offset)
    {
        var unread = new ProbeExplanation { Probe = probe, Offset = offset, Process = PlacesOf(probe, offset) };
        try
        {
            using var file = ElfFile.Open(_view.HostPath(probe.Path));
            return Explain(unread, file);
        }
        catch (UprobeException error)
        {
            return unread with { Refusal = error.Message };
        }
    }

    private static ProbeExplanation Explain(ProbeExplanation start, ElfFile file)
    {
        ulong offset = start.Offset;
        byte[] bytes = new byte[InsnAnalyzer.MaxBytes];
        bytes = bytes[..file.ReadAt(offset, bytes)];
        if (bytes.Length == 0)
        {
            return start with { Refusal = "the offset is not in the file" };
        }

        ArchUprobe insn = InsnAnalyzer.Analyze(bytes, file.Mode);
        var place = InsnPlace.Find(file, offset);
        string? refusal = insn.Refusal.IsRefused ? $"the instruction: {insn.Refusal.Reason}" : null;
        return start with
        {
            Symbol = place.Symbol,
            Bytes = insn.Length > 0 ? insn.Bytes.ToArray() : bytes,
            Instruction = insn.Disassemble(file.TryOffsetToVaddr(offset, out ulong vaddr) ? vaddr : offset),
            Boundary = place.Boundary,
            Refusal = PlaceCheck.FindComplaint(file, place) ?? refusal,
            KernelAnswer = KernelAnswer(insn, place.Boundary),
            IsIndirect = place.StartsResolver,
            IsExecutable = IsExecutable(file, offset),
            Returns = start.Probe.IsReturn ? ReturnPlanText.Describe(ReturnPlanner.Find(file, offset)) : null,
        };
    }

    // As a trace does: what the process has in its GOT for an IFUNC that the definition names.
    private List<ulong> ResolvedIn(TraceUprobe probe)
    {
        var found = new List<ulong>();
        if (_mappings is null || probe.Symbol is not { IsIndirect: true } symbol)
        {
            return found;
        }

        try
        {
            using var memory = TraceeMemory.Open(_mappings.Pid);
            var resolver = new IfuncResolver(_view.HostPath(probe.Path), probe.Offset, (_, offset) => found.Add(offset));
            resolver.LookInto(_mappings.Pid, memory, symbol.Name);
        }
        catch (UprobeException)
        {
            // Not to be read: the row about the process says that it may not be traced.
        }

        return found;
    }

    private ProcessPlaces? PlacesOf(TraceUprobe probe, ulong offset) => _mappings is null
        ? null
        : new ProcessPlaces(
            _mappings.Pid,
            _mappings.Name,
            _mappings.Find(probe.FileIdentity, offset),
            _mappings.MapsOtherGeneration(KernelText.ToUnicode(probe.Path), probe.FileIdentity),
            _whyRefused);

    private static string? KernelAnswer(ArchUprobe insn, Boundary boundary)
    {
        if (insn.Kernel.IsRefused)
        {
            bool weToo = insn.Refusal.IsRefused && insn.Refusal == insn.Kernel;
            return weToo && boundary != Boundary.Middle ? null : $"refuses it with {Name(insn.Kernel)}: {insn.Kernel.Reason}";
        }

        return boundary == Boundary.Middle ? "places it and breaks the program"
            : insn.Refusal.IsRefused ? "places it"
            : null;
    }

    private static string Name(InsnRefusal refusal) =>
        refusal.Errno == UprobeException.NotSupported
            ? string.Create(CultureInfo.InvariantCulture, $"ENOTSUPP ({(int)refusal.Errno})")
            : refusal.Errno.ToString();

    private static bool IsExecutable(ElfFile file, ulong offset)
    {
        foreach (FileRange range in file.ExecutableSegments)
        {
            if (range.Contains(offset))
            {
                return true;
            }
        }

        return false;
    }
}
