using ManagedUprobe.Arch;

namespace ManagedUprobe.Uprobes;

/// <summary>An instruction of an unwinder that is to be watched.</summary>
/// <param name="Offset">Its file offset.</param>
/// <param name="Insn">The instruction.</param>
/// <param name="IsEntry">Whether unwinding begins there; otherwise it ends there.</param>
internal readonly record struct UnwinderSite(ulong Offset, ArchUprobe Insn, bool IsEntry);
