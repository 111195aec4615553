namespace ManagedUprobe.Elf;

/// <summary>A marker that a program's author placed (USDT, sys/sdt.h).</summary>
/// <param name="Provider">Provider.</param>
/// <param name="Name">Name of the marker.</param>
/// <param name="Vaddr">Address of its instruction, corrected for a moved base.</param>
/// <param name="Offset">File offset of its instruction.</param>
/// <param name="SemaphoreOffset">File offset of the 16-bit counter that enables it; 0 when it has none.</param>
/// <param name="Arguments">Where its arguments are, as the assembler wrote it: <c>4@%edi -8@16(%rsp)</c>.</param>
internal sealed record SdtNote(
    string Provider,
    string Name,
    ulong Vaddr,
    ulong Offset,
    ulong SemaphoreOffset,
    string Arguments);
