namespace ManagedUprobe.Arch.X64;

/// <summary>What the trap handler of <see cref="TrapHandlerCode"/> reads, by distance from the start of its area.</summary>
internal static class TrapHandlerLayout
{
    /// <summary>The handler's first instruction. Slots are before it.</summary>
    public const int CodeStart = 0x10000;

    /// <summary>Frame in which injected calls run; see <see cref="SyscallFrame"/>.</summary>
    public const int Frame = 0x10800;

    /// <summary>struct kernel_sigaction that the program believes to have for SIGTRAP.</summary>
    public const int ActionStart = 0x11000;

    /// <summary>Distance, from <see cref="CodeStart"/>, of the table of replaced return addresses that is in force.</summary>
    public const int ActiveReturns = 0x11020;

    /// <summary>Process id, as the process itself sees it, whose action for SIGTRAP that is; an int.</summary>
    public const int Owner = 0x11028;

    /// <summary>Room for another struct kernel_sigaction.</summary>
    public const int OtherAction = 0x11040;

    /// <summary>Table of sites.</summary>
    public const int Sites = 0x12000;

    /// <summary>Logarithm of the number of entries of <see cref="Sites"/>.</summary>
    public const int SiteBits = 16;

    /// <summary>First of two tables of replaced return addresses.</summary>
    public const int Returns = Sites + ((1 << SiteBits) * EntrySize);

    /// <summary>Logarithm of the number of entries of one such table.</summary>
    public const int ReturnBits = 14;

    /// <summary>Bytes of one table of replaced return addresses.</summary>
    public const int ReturnsSize = (1 << ReturnBits) * EntrySize;

    /// <summary>Table of threads whose mask in the kernel is not their program's: what it should be.</summary>
    public const int Masks = Returns + (2 * ReturnsSize);

    /// <summary>Logarithm of the number of entries of <see cref="Masks"/>.</summary>
    public const int MaskBits = 12;

    /// <summary>What is in every value of <see cref="Masks"/> that says something: SIGKILL, which no mask has.</summary>
    public const ulong MaskMark = 1UL << 8;

    /// <summary>Table of sites that have been added to a reference counter: where that is. The handler does not look at it.</summary>
    public const int Counters = Masks + ((1 << MaskBits) * EntrySize);

    /// <summary>Logarithm of the number of entries of <see cref="Counters"/>.</summary>
    public const int CounterBits = 14;

    /// <summary>Bytes of the whole area.</summary>
    public const int Size = Counters + ((1 << CounterBits) * EntrySize);

    /// <summary>Bytes of an entry: key, value.</summary>
    public const int EntrySize = 16;

    /// <summary>Bits of an entry's value that are an address; what kind of entry it is stands above.</summary>
    public const int KindShift = 56;

    /// <summary>Kind: the instruction of the site runs at this address.</summary>
    public const ulong KindSlot = 1;

    /// <summary>Kind: this byte belongs at the site.</summary>
    public const ulong KindByte = 2;

    /// <summary>Kind: an area of slots starts here. Areas are aligned to their size.</summary>
    public const ulong KindArea = 3;

    /// <summary>Bytes of an area of slots.</summary>
    public const int AreaSize = 0x10000;

    /// <summary>What a return address is multiplied with; the product's upper bits are where its entry should be.</summary>
    public const ulong ReturnHash = 0x9e37_79b9_7f4a_7c15;

    /// <summary>Where the entry of a site should be.</summary>
    public static int SiteIndex(ulong vaddr) => (int)((vaddr >> 2) & ((1UL << SiteBits) - 1));

    /// <summary>Where the entry of a site's reference counter should be.</summary>
    public static int CounterIndex(ulong vaddr) => (int)((vaddr >> 2) & ((1UL << CounterBits) - 1));

    /// <summary>Where the entry of a thread should be.</summary>
    public static int MaskIndex(ulong tid) => (int)(tid & ((1UL << MaskBits) - 1));

    /// <summary>Where the entry of a replaced return address should be.</summary>
    public static int ReturnIndex(ulong stackVaddr) => (int)(unchecked(stackVaddr * ReturnHash) >> (64 - ReturnBits));
}
