using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ManagedUprobe.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>Return probes by replaced return address (the kernel's prepare_uretprobe and uprobe_handle_trampoline).</summary>
internal sealed class ReturnProbeHandler
{
    private readonly UprobesState _state;
    private readonly XolAllocator _allocator;

    public ReturnProbeHandler(UprobesState state, XolAllocator allocator)
    {
        _state = state;
        _allocator = allocator;
    }

    /// <summary>Tracks the call that a thread is about to make: replaces its return address.</summary>
    /// <param name="task">The thread, at the function's first instruction.</param>
    /// <param name="node">The uprobe.</param>
    /// <param name="entrySp">Stack pointer before consumers were called.</param>
    /// <param name="wanted">Consumers whose entry handler asks for the return, with what they left for it.</param>
    public void PrepareUretprobe(UprobeTask task, UprobeNode node, ulong entrySp, List<ReturnWish> wanted)
    {
        ReturnInstances instances = task.ReturnInstances;
        ref UserRegs regs = ref task.Context.Registers;
        ulong sp = regs.rsp;
        if (regs.rip != task.Context.Address && sp != entrySp)
        {
            // The return address is taken off already: what lies there now is the caller's own.
            Miss(task, node, wanted, "a handler has made it return");
            return;
        }

        if (!_allocator.TryEnsureTrampoline(task, task.Context.Address)
            || !TryReadWord(task, sp, out ulong returnVaddr))
        {
            Miss(task, node, wanted, "its stack cannot be read");
            return;
        }

        bool chained = returnVaddr == task.Mm.TrampolineVaddr;
        instances.Cleanup(sp, chained);
        if (instances.IsFull || (chained && instances.Depth == 0))
        {
            Miss(task, node, wanted, instances.IsFull ? "calls are nested too deep" : "a tail call of an untracked function");
            return;
        }

        ulong originalVaddr = chained ? instances.Top.OrigRetVaddr : returnVaddr;
        if (!chained && !TryWriteWord(task, sp, task.Mm.TrampolineVaddr))
        {
            Miss(task, node, wanted, "its stack cannot be written");
            return;
        }

        ReturnInstance instance = instances.Push();
        instance.Set(node, task.Context.Address, sp, originalVaddr, chained);
        foreach (ReturnWish wish in wanted)
        {
            instance.AddSession(wish.Registration, wish.Cookie, wish.Data.Span);
        }
    }

    /// <summary>A function returned to the trampoline: tells consumers, and sets rip to where it belongs.</summary>
    /// <param name="task">The thread; its context holds the registers.</param>
    /// <returns>False when no call is tracked: not a return of ours.</returns>
    public bool HandleTrampoline(UprobeTask task)
    {
        ReturnInstances instances = task.ReturnInstances;
        if (instances.Depth == 0)
        {
            return false;
        }

        ref UserRegs regs = ref task.Context.Registers;
        bool valid;
        do
        {
            // A chain is the returning one if the next older call is still alive; otherwise a longjmp has left it behind.
            int nextDepth = instances.NextChainDepth();
            valid = nextDepth == 0 || regs.rsp <= instances[nextDepth - 1].StackVaddr;
            regs.rip = instances.Top.OrigRetVaddr;
            while (instances.Depth > nextDepth)
            {
                ReturnInstance instance = instances.Top;
                instances.Pop();
                if (valid)
                {
                    HandleUretprobeChain(task, instance);
                }
            }
        }
        while (!valid && instances.Depth > 0);
        return true;
    }

    /// <summary>Puts the true return addresses back on the stack of a thread, or of the copy of a stack that a forked child has.</summary>
    public static void RestoreReturnAddresses(UprobeTask task)
    {
        ReturnInstances instances = task.ReturnInstances;
        for (int i = 0; i < instances.Depth; i++)
        {
            ReturnInstance instance = instances[i];
            if (!instance.Chained
                && TryReadWord(task, instance.StackVaddr, out ulong word)
                && word == task.Mm.TrampolineVaddr)
            {
                _ = TryWriteWord(task, instance.StackVaddr, instance.OrigRetVaddr);
            }
        }
    }

    private void HandleUretprobeChain(UprobeTask task, ReturnInstance instance)
    {
        if (!task.Group.IsFollowed || _state.IsLeaving)
        {
            return;
        }

        UprobeContext context = task.Context;
        context.Address = instance.FuncVaddr;
        context.Offset = instance.Node!.Offset;
        context.ReturnAddress = instance.OrigRetVaddr;
        foreach (UprobeRegistration registration in instance.Node.Consumers)
        {
            if (!registration.HasReturnHandler || !registration.IsActive)
            {
                continue;
            }

            bool asked = instance.TryGetSession(registration, out ulong cookie, out Memory<byte> data);
            if (asked || !registration.HasHandler)
            {
                context.Cookie = cookie;
                context.DataStore = data;
                Call(task, registration);
            }
        }
    }

    private static void Call(UprobeTask task, UprobeRegistration registration)
    {
        try
        {
            registration.Consumer.ReturnHandler(task.Context);
        }
        catch
        {
            // The session ends; the thread must not be let go at the trampoline.
            _ = task.Tracee.TrySetIp(task.Context.ReturnAddress);
            throw;
        }
    }

    private void Miss(UprobeTask task, UprobeNode node, List<ReturnWish> wanted, string why)
    {
        foreach (ReturnWish wish in wanted)
        {
            wish.Registration.CountMiss();
        }

        foreach (UprobeRegistration registration in node.Consumers)
        {
            if (registration.HasReturnHandler && !registration.HasHandler)
            {
                registration.CountMiss();
            }
        }

        if (_state.IsVerbose)
        {
            _state.Log($"thread {task.Tracee.Tid}: return of 0x{task.Context.Address:x} not tracked: {why}");
        }
    }

    private static bool TryReadWord(UprobeTask task, ulong vaddr, out ulong word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bool read = task.Mm.Memory.TryRead(vaddr, bytes);
        word = read ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return read;
    }

    private static bool TryWriteWord(UprobeTask task, ulong vaddr, ulong word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
        return task.Mm.Memory.TryWrite(vaddr, bytes);
    }
}
