using System.Collections.Generic;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes;

/// <summary>One traced process. Tracer thread.</summary>
internal sealed class ThreadGroup
{
    private readonly List<UprobeTask> _tasks = [];

    public ThreadGroup(int pid, AddressSpace mm)
    {
        Pid = pid;
        Mm = mm;
        Caught = new CaughtSignals(pid);
        mm.AddUser(this);
    }

    /// <summary>Process id.</summary>
    public int Pid { get; }

    /// <summary>Address space; exec gives it a new one.</summary>
    public AddressSpace Mm { get; private set; }

    /// <summary>Whether hits count: not in the vfork and CLONE_VM children that --no-follow lets pass through until they exec or exit.</summary>
    public bool IsFollowed { get; set; } = true;

    /// <summary>The signals for which the kernel has handlers.</summary>
    public CaughtSignals Caught { get; }

    /// <summary>What the program does with SIGTRAP, which an int3 makes the kernel forget.</summary>
    public TrapAction TrapAction { get; set; } = TrapAction.Unknown;

    /// <summary>Whether its action for SIGTRAP is our handler, which passes threads on when the tracer is gone.</summary>
    public bool IsGuarded { get; set; }

    /// <summary>Live threads.</summary>
    public IReadOnlyList<UprobeTask> Tasks => _tasks;

    /// <summary>A thread was born.</summary>
    public void Add(UprobeTask task) => _tasks.Add(task);

    /// <summary>A thread ended. Calls that it began may return in another one.</summary>
    public void Remove(UprobeTask task)
    {
        _ = _tasks.Remove(task);
        if (_tasks.Count > 0)
        {
            Mm.Returns.Adopt(task);
        }
    }

    /// <summary>exec: a new address space. True when nobody uses the old one any more.</summary>
    public bool Exec(AddressSpace mm, out AddressSpace old)
    {
        old = Mm;
        bool unused = old.RemoveUser(this);
        Mm = mm;
        mm.AddUser(this);
        TrapAction = TrapAction.AfterExec();
        IsGuarded = false;
        return unused;
    }

    /// <summary>The process is gone. True when nobody uses its address space any more.</summary>
    public bool Leave()
    {
        Caught.Dispose();
        return Mm.RemoveUser(this);
    }
}
