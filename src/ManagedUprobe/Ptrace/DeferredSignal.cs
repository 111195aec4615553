using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>A signal that was taken at its delivery and is given back later, with its siginfo.</summary>
internal readonly record struct DeferredSignal(int Signal, SigInfo Info);
