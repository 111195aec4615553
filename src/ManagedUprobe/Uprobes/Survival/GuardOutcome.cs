using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>How an attempt to change a target's guard ended.</summary>
/// <param name="Done">Whether everything is as wanted.</param>
/// <param name="HasRun">Whether the thread has run calls of ours, and stands behind the last one.</param>
/// <param name="Interruption">The stop that came first and is to be handled; another attempt may follow.</param>
internal readonly record struct GuardOutcome(bool Done, bool HasRun, WaitStatus? Interruption);
