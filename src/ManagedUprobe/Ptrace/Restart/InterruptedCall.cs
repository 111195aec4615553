namespace ManagedUprobe.Ptrace.Restart;

/// <summary>A system call that a ptrace stop ends although an untraced run would go on waiting.</summary>
/// <param name="Number">Its x86-64 number.</param>
/// <param name="Result">What rax holds at the stop: −EINTR, or the restart code of a call that the kernel would start anew
/// with its full timeout.</param>
/// <param name="Kind">Where its timeout is.</param>
/// <param name="Argument">Index (0–5) of the argument that holds the timeout; meaningless for sockets and None.</param>
internal readonly record struct InterruptedCall(int Number, long Result, TimeoutKind Kind, int Argument);
