using System;

namespace ManagedUprobe.Uprobes;

/// <summary>A consumer whose entry handler wants the return of this call, with what it hands over.</summary>
internal readonly record struct ReturnWish(UprobeRegistration Registration, ulong Cookie, ReadOnlyMemory<byte> Data);
