using System.Collections.Generic;

namespace ManagedUprobe.Tracing;

internal sealed partial class TraceArray
{
    private const int AllCpus = -1;

    private readonly HashSet<int> _openPipes = [];

    /// <summary>Takes a trace_pipe: that of all CPUs shuts the others out, and they shut it out.</summary>
    /// <param name="cpu">The CPU; -1 for all.</param>
    /// <returns>False when it is taken.</returns>
    public bool TryOpenPipe(int cpu)
    {
        lock (_openPipes)
        {
            bool taken = cpu == AllCpus ? _openPipes.Count > 0 : _openPipes.Contains(cpu) || _openPipes.Contains(AllCpus);
            return !taken && _openPipes.Add(cpu);
        }
    }

    /// <summary>Gives a trace_pipe back.</summary>
    public void ClosePipe(int cpu)
    {
        lock (_openPipes)
        {
            _ = _openPipes.Remove(cpu);
        }
    }
}
