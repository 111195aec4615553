using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Returning;

/// <summary>Decides how returns of a function are caught. Any thread.</summary>
internal sealed class ReturnPlanner : IDisposable
{
    private readonly ReturnMode _mode;
    private readonly Action<string>? _log;
    private readonly Lock _lock = new();

    // Many functions of few files: the tables of a file are read once.
    private readonly Dictionary<string, ElfFile> _files = new(StringComparer.Ordinal);

    public ReturnPlanner(ReturnMode mode, Action<string>? log)
    {
        _mode = mode;
        _log = log;
    }

    /// <summary>The plan for a consumer; null for one that does not want returns.</summary>
    /// <exception cref="UprobeException">EINVAL: return sites alone were asked for, and the function may leave in another way.</exception>
    public ReturnPlan? Plan(Uprobe uprobe, UprobeConsumer consumer)
    {
        if (!consumer.HasReturnHandler)
        {
            return null;
        }

        ReturnPlan plan = Find(uprobe);
        if (_mode == ReturnMode.Hijack && plan is { StacksMove: false, ReadsReturnAddress: false })
        {
            plan = ReturnPlan.Hijack(null);
        }

        if (plan.StacksMove && (_mode == ReturnMode.Hijack || !plan.UsesSites))
        {
            throw new UprobeException(Errno.EINVAL, $"{uprobe}: {ReturnPlanText.Describe(plan with { UsesSites = false })}");
        }

        if (_mode == ReturnMode.Sites && !plan.UsesSites)
        {
            throw new UprobeException(Errno.EINVAL, $"{uprobe}: its return instructions are not enough: {plan.Reason}; --return auto replaces the return address");
        }

        _log?.Invoke($"{uprobe}: returns {ReturnPlanText.Describe(plan)}");
        return plan;
    }

    /// <summary>What automatic choice makes of a function.</summary>
    public static ReturnPlan Find(ElfFile file, ulong offset)
    {
        bool isGo = IsGo(file);
        if (isGo && file.Mode == ExecutionMode.Bits32)
        {
            return ReturnPlan.Hijack("the routines of 32-bit Go programs are not known") with { StacksMove = true };
        }

        return Find(file, offset, mayJumpToStart: isGo) with { StacksMove = isGo };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (ElfFile file in _files.Values)
            {
                file.Dispose();
            }

            _files.Clear();
        }
    }

    private static ReturnPlan Find(ElfFile file, ulong offset, bool mayJumpToStart)
    {
        if (FunctionCode.Find(file, offset, out string? reason) is not { } function)
        {
            return ReturnPlan.Hijack(reason);
        }

        ReturnSites sites = ReturnSiteFinder.Find(function);
        if (sites is { IsComplete: true, JumpsToStart: true } && !mayJumpToStart)
        {
            sites = ReturnSites.Refuse("it jumps back to its start, which counts as a call");
        }

        return sites.IsComplete && TryConvert(file, sites.Vaddrs, out List<ulong> offsets)
            ? ReturnPlan.Sites(offsets) with { ReadsReturnAddress = PcThunk.Is(function.Main) }
            : ReturnPlan.Hijack(sites.Refusal ?? "its return instructions are not in the file");
    }

    private ReturnPlan Find(Uprobe uprobe)
    {
        lock (_lock)
        {
            try
            {
                if (!_files.TryGetValue(uprobe.File, out ElfFile? file))
                {
                    file = ElfFile.Open(uprobe.File);
                    _files.Add(uprobe.File, file);
                }

                return Find(file, uprobe.Offset);
            }
            catch (UprobeException error)
            {
                return ReturnPlan.Hijack(error.Message);
            }
        }
    }

    // A Go function that needs a larger stack asks for it and begins again.
    private static bool IsGo(ElfFile file) => file.HasSection(".gopclntab"u8) || file.HasSection(".data.rel.ro.gopclntab"u8);

    private static bool TryConvert(ElfFile file, IReadOnlyList<ulong> vaddrs, out List<ulong> offsets)
    {
        offsets = vaddrs.Select(vaddr => file.TryVaddrToOffset(vaddr, out ulong offset) ? offset : 0).ToList();
        return !offsets.Contains(0);
    }
}
