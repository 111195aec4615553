using System;
using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>Tells consumers of returns, and counts those that nobody can be told of (the kernel's handle_uretprobe_chain).</summary>
internal sealed class ReturnChain
{
    private readonly UprobesState _state;

    public ReturnChain(UprobesState state) => _state = state;

    /// <summary>Calls the return handlers of one call.</summary>
    /// <param name="task">The thread; its context holds the registers behind the return.</param>
    /// <param name="instance">The call.</param>
    /// <param name="returnVaddr">Where it returns to.</param>
    public void Handle(UprobeTask task, ReturnInstance instance, ulong returnVaddr)
    {
        if (!task.Group.IsFollowed || _state.IsLeaving)
        {
            return;
        }

        UprobeContext context = task.Context;
        context.Address = instance.FuncVaddr;
        context.Offset = instance.Node!.Offset;
        context.ReturnAddress = returnVaddr;
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

    /// <summary>Counts a call whose return will not be seen.</summary>
    public void Miss(UprobeTask task, UprobeNode node, List<ReturnWish> wanted, string why)
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
}
