namespace ManagedUprobe.Ptrace;

/// <summary>What a tracer thread does with what it waits for. All methods run on that thread.</summary>
internal interface ITracerLoop
{
    /// <summary>Whether there is nothing left to do: the thread ends, which lets every tracee go without a stop.</summary>
    bool IsFinished { get; }

    /// <summary>A tracee stopped or ended.</summary>
    void OnStatus(int tid, WaitStatus status);

    /// <summary>The loop is about to look at its queues; posted work has been done. Called once a round.</summary>
    void OnRound();

    /// <summary>The thread is about to end, whatever the reason.</summary>
    void OnEnd();
}
