using System;
using System.Diagnostics.CodeAnalysis;

namespace ManagedUprobe.Arch;

/// <summary>The machine code of one function, at the addresses that its file gives it.</summary>
internal interface IFunctionCode
{
    /// <summary>The part that the function begins with.</summary>
    CodePart Main { get; }

    /// <summary>Whether an unwinder may enter the function elsewhere than at its start: it has landing pads.</summary>
    bool HasLandingPads { get; }

    /// <summary>The part that the compiler has put elsewhere (<c>NAME.cold</c>) and that holds an address; false when the address is another function's.</summary>
    bool TryFindColdPart(ulong vaddr, [NotNullWhen(true)] out CodePart? part);

    /// <summary>Reads what the file has at an address: the tables of switches.</summary>
    bool TryRead(ulong vaddr, Span<byte> buffer);
}
