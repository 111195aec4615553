namespace ManagedUprobe.Uprobes;

/// <summary>Who wants to know about hits of a uprobe (the kernel's struct uprobe_consumer). Derive from it and override what is wanted.</summary>
/// <remarks>
/// <para>All callbacks run on the session's tracer thread while the hitting thread is stopped: they must be quick, must not block, and must not call methods of the
/// session that wait. An exception from a handler ends the session (the target is let go unharmed).</para>
/// <para>A consumer with both handlers is a session in the kernel's sense: its return handler runs only for calls whose entry handler ran and answered
/// <see cref="UprobeHandlerResult.Keep"/>, and gets that call's cookie and data. One with a return handler alone runs for every return that is tracked.</para>
/// <para>What of the kernel's interfaces has no counterpart here: kprobe's post_handler (the instruction may run on without a stop), fault_handler and break_handler
/// (a handler is managed code: its faults are exceptions), kretprobe's maxactive (instances are limited by depth alone, 64 as for uretprobes).</para>
/// </remarks>
public abstract class UprobeConsumer
{
    /// <summary>Whether <see cref="Handler"/> is to be called; read once, at registration.</summary>
    public virtual bool HasHandler => true;

    /// <summary>Whether <see cref="ReturnHandler"/> is to be called; read once, at registration.</summary>
    public virtual bool HasReturnHandler => false;

    /// <summary>Bytes of <see cref="UprobeContext.Data"/> that the entry handler hands to the return handler (kretprobe's data_size).</summary>
    public virtual int DataSize => 0;

    /// <summary>A thread is about to execute the probed instruction. It may change registers; moving rip skips the instruction.</summary>
    public virtual UprobeHandlerResult Handler(UprobeContext context) => UprobeHandlerResult.Keep;

    /// <summary>The probed function has returned; <see cref="UprobeContext.Address"/> is the function, rip the address returned to.</summary>
    public virtual void ReturnHandler(UprobeContext context)
    {
    }

    /// <summary>Whether an address space is of interest. Asked when a breakpoint would be placed, and again after <see cref="UprobeHandlerResult.Remove"/>.</summary>
    /// <param name="processId">A process that uses the address space.</param>
    public virtual bool Filter(int processId) => true;
}
