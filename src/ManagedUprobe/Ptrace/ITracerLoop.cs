namespace ManagedUprobe.Ptrace;

/// <summary>What a tracer thread does with what it waits for. All methods run on that thread.</summary>
internal interface ITracerLoop
{
    /// <summary>Whether there is nothing left to do: the thread ends, which lets every tracee go without a stop.</summary>
    bool IsFinished { get; }

    /// <summary>A tracee stopped or ended.</summary>
    void OnStatus(int tid, WaitStatus status);

    /// <summary>When <see cref="OnDue"/> is to be called, in ns of CLOCK_MONOTONIC; long.MaxValue when nothing is due by time.</summary>
    long NextDueNs { get; }

    /// <summary>Whether <see cref="NextDueNs"/> is meant to the microsecond; else a millisecond later will do, and what is due may wait for the next stop.</summary>
    bool IsDuePrecise { get; }

    /// <summary>The time has come.</summary>
    void OnDue(long nowNs);

    /// <summary>The thread is about to end, whatever the reason.</summary>
    void OnEnd();

    /// <summary>The thread does nothing any more but what this and <see cref="OnStatus"/> need; its end follows at once.</summary>
    void OnLast();

    /// <summary>Whether the thread must not end yet although nobody is in a stop. Only for instants.</summary>
    bool IsBusy { get; }

    /// <summary>The tracer thread has ended and the kernel has let all tracees go. Another thread, the last to call.</summary>
    void OnGone();
}
