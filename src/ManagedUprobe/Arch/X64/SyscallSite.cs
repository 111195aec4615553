namespace ManagedUprobe.Arch.X64;

/// <summary>A <c>syscall</c> instruction whose number is known.</summary>
/// <param name="Offset">Where it is, counted as the scanner's base offset is.</param>
/// <param name="Number">The system call.</param>
internal readonly record struct SyscallSite(ulong Offset, int Number);
