namespace ManagedUprobe.Elf;

/// <summary>A word of a module's data into which the dynamic linker writes the address of a function.</summary>
/// <param name="Vaddr">Address of the 8-byte slot as the file gives it.</param>
/// <param name="Type">What is written.</param>
/// <param name="Symbol">The symbol looked up; empty for <see cref="RelocationType.IRelative"/>.</param>
/// <param name="Version">The version asked for, null when none is.</param>
internal sealed record RelocationSlot(ulong Vaddr, RelocationType Type, string Symbol, string? Version);
