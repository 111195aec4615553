namespace ManagedUprobe.Events;

/// <summary>What a hit tells besides registers and memory.</summary>
/// <param name="HitVaddr">Address of the breakpoint; for a return, of the function's entry. Also %ip of an entry.</param>
/// <param name="ReturnVaddr">For a return: the address returned to, which is also %ip. 0 for an entry.</param>
/// <param name="Comm">Where $comm comes from.</param>
internal readonly record struct FetchContext(ulong HitVaddr, ulong ReturnVaddr, ICommSource Comm);
