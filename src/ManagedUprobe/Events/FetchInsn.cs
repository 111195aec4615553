namespace ManagedUprobe.Events;

/// <summary>One step of a fetch program.</summary>
/// <param name="Op">What to do.</param>
/// <param name="Index">A register, or the argument that a store fills.</param>
/// <param name="Offset">Added to the value before memory is read.</param>
/// <param name="Value">The constant of a base.</param>
internal readonly record struct FetchInsn(FetchOp Op, int Index = 0, int Offset = 0, ulong Value = 0);
