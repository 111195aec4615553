using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>Where a system call of ours runs in a target.</summary>
/// <param name="Vaddr">Address of the syscall instruction.</param>
/// <param name="Frame">
/// The memory, when the instruction is the first of a frame behind which the thread goes on by itself should the tracer be killed; null when it is any
/// syscall instruction.
/// </param>
internal readonly record struct SyscallPlace(ulong Vaddr, ITraceeMemory? Frame);
