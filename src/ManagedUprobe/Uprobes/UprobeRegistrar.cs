using System;
using System.IO;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>uprobe_register and uprobe_unregister. Tracer thread.</summary>
internal sealed class UprobeRegistrar
{
    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly Action<UprobeRegistration> _unregister;

    /// <summary>Creates the registrar.</summary>
    /// <param name="state">The engine's state.</param>
    /// <param name="hooks">Places breakpoints.</param>
    /// <param name="unregister">What disposing a registration calls, on any thread; it ends up in <see cref="Unregister"/>.</param>
    public UprobeRegistrar(UprobesState state, MmapHooks hooks, Action<UprobeRegistration> unregister)
    {
        _state = state;
        _hooks = hooks;
        _unregister = unregister;
    }

    /// <summary>Adds a consumer, and breakpoints in every address space that maps the file and that the consumer accepts.</summary>
    /// <param name="uprobe">The place.</param>
    /// <param name="consumer">Who is told.</param>
    /// <param name="returns">How returns are caught, for a consumer that wants them; the first one at a place decides.</param>
    /// <exception cref="UprobeException">The kernel would refuse: EINVAL, EIO, 524, ENOEXEC. Nothing stays registered.</exception>
    public UprobeRegistration Register(Uprobe uprobe, UprobeConsumer consumer, ReturnPlan? returns)
    {
        if (!consumer.HasHandler && !consumer.HasReturnHandler)
        {
            throw new UprobeException(Errno.EINVAL, "a consumer needs a handler or a return handler");
        }

        if ((uprobe.RefCtrOffset & 1) != 0)
        {
            throw new UprobeException(Errno.EINVAL, $"{uprobe}: the reference counter's offset is odd");
        }

        FileStat file = StatusOf(uprobe);
        UprobeNode node = GetOrAdd(uprobe, file);
        SetRefCtrOffset(node, uprobe);
        var registration = new UprobeRegistration(uprobe, node, consumer, _unregister);
        node.Add(registration);
        try
        {
            if (consumer.HasReturnHandler && node.Returns == null)
            {
                node.Returns = returns ?? ReturnPlan.Hijack(null);
                AddReturnSites(uprobe, file, node);
                WatchUnwinders(node.Returns);
            }

            InstallEverywhere(node);
            return registration;
        }
        catch
        {
            // A filter threw (it is not asked again), or a return instruction cannot be probed.
            Unregister(registration);
            throw;
        }
    }

    /// <summary>Takes a consumer away, and the breakpoints that nobody wants any more.</summary>
    public void Unregister(UprobeRegistration registration)
    {
        UprobeNode node = registration.Node;
        registration.IsActive = false;
        node.Remove(registration);
        if (node.Consumers.IsEmpty)
        {
            EndCounting(node);
        }

        Release(node);
        if (node.Returns != null && !node.WantsReturns)
        {
            RemoveReturnSites(node);
        }
    }

    /// <summary>unapply_uprobe: removes a uprobe from an address space that none of its consumers accepts any more.</summary>
    public static void RemoveUnwanted(AddressSpace mm, UprobeNode node)
    {
        if (node.Wants(mm.ProcessId))
        {
            return;
        }

        foreach (Site site in mm.Sites.All)
        {
            if (site.Node == node)
            {
                RefCounter.Decrement(mm, site);
                site.Node = null;
                if (!site.IsWanted)
                {
                    BreakpointInstaller.Remove(mm, site);
                }
            }
        }
    }

    private static void SetRefCtrOffset(UprobeNode node, Uprobe uprobe)
    {
        if (!node.Consumers.IsEmpty && node.RefCtrOffset != uprobe.RefCtrOffset)
        {
            throw new UprobeException(Errno.EINVAL, $"{uprobe}: a probe at the same place has another reference counter");
        }

        node.RefCtrOffset = uprobe.RefCtrOffset;
    }

    // The place may go on to be a return site, which counts nothing.
    private void EndCounting(UprobeNode node)
    {
        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            foreach (Site site in mm.Sites.All)
            {
                if (site.Node == node)
                {
                    RefCounter.Decrement(mm, site);
                }
            }
        }

        node.RefCtrOffset = 0;
    }

    // Before the function's own breakpoint: a call that is seen is one whose return is seen.
    private void AddReturnSites(Uprobe uprobe, in FileStat file, UprobeNode function)
    {
        foreach (ulong offset in function.Returns!.Offsets)
        {
            UprobeNode site = GetOrAdd(new Uprobe(uprobe.File, offset), file);
            site.AddReturnSiteOf(function);
            InstallEverywhere(site);
        }
    }

    // The first replaced return address of the session.
    private void WatchUnwinders(ReturnPlan returns)
    {
        if (returns.UsesSites || _state.ReplacesReturnAddresses)
        {
            return;
        }

        _state.ReplacesReturnAddresses = true;
        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            _hooks.UprobeMmap(mm, default);
        }
    }

    private void RemoveReturnSites(UprobeNode function)
    {
        foreach (ulong offset in function.Returns!.Offsets)
        {
            if (_state.Tree.Find(function.File, offset) is { } site)
            {
                site.RemoveReturnSiteOf(function);
                Release(site);
            }
        }

        function.Returns = null;
    }

    private void InstallEverywhere(UprobeNode node)
    {
        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            _hooks.InstallEverywhere(mm, node);
        }
    }

    private void Release(UprobeNode node)
    {
        if (node.IsUnused)
        {
            _state.Tree.Remove(node);
        }

        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            RemoveUnwanted(mm, node);
        }
    }

    private UprobeNode GetOrAdd(Uprobe uprobe, in FileStat file)
    {
        if (_state.Tree.Find(file.Identity, uprobe.Offset) is { } known)
        {
            return known;
        }

        UprobeNode node = Prepare(uprobe, file);
        _state.Tree.Insert(node);
        return node;
    }

    private static FileStat StatusOf(Uprobe uprobe)
    {
        Errno errno = Libc.Stat(uprobe.File, out FileStat status);
        if (errno != 0)
        {
            throw new UprobeException(errno, $"{uprobe.File}: {errno}");
        }

        return status.IsRegular ? status : throw new UprobeException(Errno.EINVAL, $"{uprobe.File}: not a regular file");
    }

    /// <summary>prepare_uprobe: reads the instruction from the file and judges it.</summary>
    private static UprobeNode Prepare(Uprobe uprobe, in FileStat file)
    {
        if (unchecked((long)uprobe.Offset) > (long)file.Size || uprobe.Offset > long.MaxValue)
        {
            throw new UprobeException(Errno.EINVAL, $"{uprobe}: offset behind the end of the file ({file.Size} bytes)");
        }

        Span<byte> bytes = stackalloc byte[InsnAnalyzer.MaxBytes];
        int length = Read(uprobe, bytes);
        if (length == 0)
        {
            throw new UprobeException(Errno.EIO, $"{uprobe}: offset at the end of the file");
        }

        ExecutionMode mode = CodeFile.ModeOf(uprobe.File);
        ArchUprobe insn = InsnAnalyzer.Analyze(bytes[..length], mode);
        return insn.Refusal.IsRefused
            ? throw new UprobeException(insn.Refusal.Errno, $"{uprobe}: cannot be probed: {insn.Refusal.Reason}")
            : new UprobeNode(file.Identity, uprobe.Offset, insn) { IsLast = IsLast(insn, bytes[..length], uprobe.Offset) };
    }

    private static bool IsLast(ArchUprobe insn, ReadOnlySpan<byte> bytes, ulong offset) =>
        insn.Kind == InsnKind.Absolute && Padding.Follows(bytes[insn.Length..], offset + (ulong)insn.Length, insn.Mode);

    private static int Read(Uprobe uprobe, Span<byte> bytes)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(uprobe.File);
            return RandomAccess.Read(handle, bytes, (long)uprobe.Offset);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UprobeException(Errno.EACCES, error.Message);
        }
        catch (IOException error)
        {
            throw new UprobeException(Errno.EIO, error.Message);
        }
    }
}
