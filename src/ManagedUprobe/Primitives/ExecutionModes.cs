namespace ManagedUprobe.Primitives;

/// <summary>What follows from an <see cref="ExecutionMode"/>.</summary>
internal static class ExecutionModes
{
    /// <summary>Selector of the kernel's code segment for 64-bit code (__USER_CS).</summary>
    public const ulong UserCode64 = 0x33;

    /// <summary>Selector of the kernel's code segment for 32-bit code (__USER32_CS).</summary>
    public const ulong UserCode32 = 0x23;

    /// <summary>Selector of the stack segment of both (__USER_DS).</summary>
    public const ulong UserData = 0x2b;

    /// <summary>The mode of a thread with this code segment (the kernel's user_64bit_mode).</summary>
    public static ExecutionMode OfCodeSegment(ulong selector) => selector == UserCode64 ? ExecutionMode.Bits64 : ExecutionMode.Bits32;

    /// <summary>Width of addresses in bits.</summary>
    public static int Bitness(this ExecutionMode mode) => mode == ExecutionMode.Bits64 ? 64 : 32;

    /// <summary>Bytes that a push or a call writes (the kernel's sizeof_long).</summary>
    public static int WordSize(this ExecutionMode mode) => mode == ExecutionMode.Bits64 ? 8 : 4;

    /// <summary>An address as the CPU computes it: 32-bit code wraps at 4 GB.</summary>
    public static ulong Wrap(this ExecutionMode mode, ulong vaddr) => mode == ExecutionMode.Bits64 ? vaddr : unchecked((uint)vaddr);

    /// <summary>In words, for messages.</summary>
    public static string Describe(this ExecutionMode mode) => mode == ExecutionMode.Bits64 ? "64-bit" : "32-bit";
}
