namespace ManagedUprobe.Arch;

/// <summary>A system call: number and up to six arguments.</summary>
internal readonly record struct SyscallArguments(
    int Number, ulong A0 = 0, ulong A1 = 0, ulong A2 = 0, ulong A3 = 0, ulong A4 = 0, ulong A5 = 0);
