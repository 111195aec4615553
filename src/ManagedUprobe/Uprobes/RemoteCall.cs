using ManagedUprobe.Arch;

namespace ManagedUprobe.Uprobes;

/// <summary>Runs a system call in a thread of the target.</summary>
/// <returns>False when there is no going on: the thread has ended, for example.</returns>
internal delegate bool RemoteCall(in SyscallArguments call, out long result);
