using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>One stop of one thread, as far as restarting a call needs to know it.</summary>
/// <param name="Pid">Thread group.</param>
/// <param name="Tid">Thread.</param>
/// <param name="Signal">Signal of the wait status. PTRACE_EVENT_STOP: SIGTRAP, or the stop signal of a group-stop.</param>
/// <param name="IsEventStop">PTRACE_EVENT_STOP; otherwise a signal-delivery-stop.</param>
/// <param name="Memory">Memory of the thread's address space.</param>
internal readonly record struct StopSite(int Pid, int Tid, int Signal, bool IsEventStop, ITraceeMemory Memory);
