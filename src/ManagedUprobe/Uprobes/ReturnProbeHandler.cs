using System.Collections.Generic;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>Return probes (the kernel's prepare_uretprobe and uprobe_handle_trampoline), by replaced return address or at the function's return instructions.</summary>
/// <remarks>Both ways share the list of awaited calls and all of the kernel's rules; they differ in what wakes us, and in whether the stack is written.</remarks>
internal sealed class ReturnProbeHandler
{
    private readonly XolAllocator _allocator;
    private readonly ReturnChain _chain;

    public ReturnProbeHandler(UprobesState state, XolAllocator allocator)
    {
        _allocator = allocator;
        _chain = new ReturnChain(state);
    }

    /// <summary>Tracks the call that a thread is about to make.</summary>
    /// <param name="task">The thread, at the function's first instruction.</param>
    /// <param name="site">The site there.</param>
    /// <param name="node">Its uprobe.</param>
    /// <param name="entrySp">Stack pointer before consumers were called.</param>
    /// <param name="wanted">Consumers whose entry handler asks for the return, with what they left for it.</param>
    public void PrepareUretprobe(UprobeTask task, Site site, UprobeNode node, ulong entrySp, List<ReturnWish> wanted)
    {
        string why;
        ReturnInstance? instance = node.Returns!.StacksMove
            ? TryTrackMoving(task, site, node, out why)
            : TryTrack(task, site, node, entrySp, out why);
        if (instance == null)
        {
            _chain.Miss(task, node, wanted, why);
            return;
        }

        foreach (ReturnWish wish in wanted)
        {
            instance.AddSession(wish.Registration, wish.Cookie, wish.Data.Span);
        }
    }

    /// <summary>A function returned to the trampoline: tells consumers, and sets rip to where it belongs.</summary>
    /// <param name="task">The thread; its context holds the registers.</param>
    /// <returns>False when no such call is tracked: not a return of ours.</returns>
    public bool HandleTrampoline(UprobeTask task)
    {
        ref UserRegs regs = ref task.Context.Registers;
        if (HijackedStack.FindReturned(task, regs.rsp, out ReturnInstances? owner) is not { } first)
        {
            return false;
        }

        ulong sp = first.StackVaddr;
        regs.rip = first.OrigRetVaddr;
        task.ReturnInstances.Cleanup(sp, chained: true);
        while (owner!.Find(sp, null) is { } instance)
        {
            owner.Take(instance);
            _chain.Handle(task, instance, instance.OrigRetVaddr);
        }

        return true;
    }

    /// <summary>A thread is about to execute a return instruction of probed functions: tells consumers if it returns from an awaited call.</summary>
    /// <remarks>They see the registers as behind the instruction. It is executed afterwards, unless one of them has moved the thread.</remarks>
    public void HandleReturnSite(UprobeTask task, Site site, UprobeNode node)
    {
        ref UserRegs regs = ref task.Context.Registers;
        ulong sp = regs.rsp;
        ulong place = GoStack.PlaceOf(task, node, sp);
        if (task.Mm.Returns.Find(task, place, node, out ReturnInstances? owner) is not { } first || !TryGetReturnAddress(task, first, sp, out ulong returnVaddr))
        {
            ReturnSitePlacer.RemoveLeftover(task.Mm, site, node);
            return;
        }

        ulong siteVaddr = regs.rip;
        ulong spBehind = unchecked(sp + ReturnInsn.PoppedBytes(site.Insn));
        (regs.rip, regs.rsp) = (returnVaddr, spBehind);
        task.ReturnInstances.Cleanup(sp, chained: true);
        while (owner!.Find(place, node) is { } instance)
        {
            owner.Take(instance);
            _chain.Handle(task, instance, returnVaddr);
        }

        if (regs.rip == returnVaddr && regs.rsp == spBehind)
        {
            (regs.rip, regs.rsp) = (siteVaddr, sp);
        }
    }

    // As at the call, like the kernel's; where stacks move nobody has looked then.
    private static bool TryGetReturnAddress(UprobeTask task, ReturnInstance call, ulong sp, out ulong returnVaddr)
    {
        returnVaddr = call.OrigRetVaddr;
        if (returnVaddr != 0)
        {
            return true;
        }

        bool isRead = StackWord.TryRead(task, sp, out ulong word);
        returnVaddr = HijackedStack.TrueAddress(task, sp, word);
        return isRead;
    }

    private ReturnInstance? TryTrack(UprobeTask task, Site site, UprobeNode node, ulong entrySp, out string why)
    {
        ReturnInstances instances = task.ReturnInstances;
        ref UserRegs regs = ref task.Context.Registers;
        ulong sp = regs.rsp;
        bool atSites = node.Returns is { UsesSites: true };
        why = string.Empty;
        if (regs.rip != task.Context.Address && sp != entrySp)
        {
            // The return address is taken off already: what lies there now is the caller's own.
            why = "a handler has made it return";
            return null;
        }

        if ((!atSites && !_allocator.TryEnsureTrampoline(task, task.Context.Address)) || !StackWord.TryRead(task, sp, out ulong returnVaddr))
        {
            why = "its stack cannot be read";
            return null;
        }

        bool chained = returnVaddr == task.Mm.Areas.TrampolineVaddr && returnVaddr != 0;
        MakeRoom(task, sp, chained, atSites ? node : null);
        ulong originalVaddr = HijackedStack.TrueAddress(task, sp, returnVaddr);
        why = instances.IsFull ? "calls are nested too deep"
            : chained && originalVaddr == returnVaddr ? "a tail call of an untracked function"
            : atSites && !ReturnSitePlacer.ArePlaced(task.Mm, site, node) ? "its return instructions are not what the file has"
            : !atSites && !chained && ShadowStack.IsOn(task) ? ShadowStack.Complaint
            : atSites || chained || HijackedStack.TryReplace(task, sp, returnVaddr) ? string.Empty
            : "its stack cannot be written";
        if (why.Length > 0)
        {
            return null;
        }

        ReturnInstance instance = instances.Push();
        instance.Set(node, task.Context.Address, sp, originalVaddr, chained, atSites);
        return instance;
    }

    // The call may return in another thread. A function that has its stack grown begins again: the same call.
    private static ReturnInstance? TryTrackMoving(UprobeTask task, Site site, UprobeNode node, out string why)
    {
        ReturnInstances calls = task.Mm.Returns.Left;
        ulong sp = task.Context.Registers.rsp;
        bool found = GoStack.TryFindPlace(task, sp, out ulong place);
        why = !found ? "it runs in no Go routine" : "its return instructions are not what the file has";
        if (!found || !ReturnSitePlacer.ArePlaced(task.Mm, site, node))
        {
            return null;
        }

        if (calls.Find(place, node) is { } before)
        {
            calls.Take(before);
        }

        if (calls.HasManyParked)
        {
            HijackedStack.Prune(task, calls);
        }

        ReturnInstance instance = calls.AddParked();
        instance.Set(node, task.Context.Address, place, 0, chained: false, atSites: true);
        return instance;
    }

    // A call with its return address where an awaited one had it: that one was left by a longjmp.
    private static void MakeRoom(UprobeTask task, ulong sp, bool chained, UprobeNode? atSites)
    {
        ReturnInstances instances = task.ReturnInstances;
        instances.Cleanup(sp, chained);
        if (atSites != null && instances.Find(sp, atSites) is { } stale)
        {
            instances.Take(stale);
        }

        while (!chained && instances.Find(sp, null) is { } left)
        {
            instances.Take(left);
        }

        if (instances.HasManyParked)
        {
            HijackedStack.Prune(task, instances);
        }
    }
}
