using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Uprobes;

/// <summary>struct kernel_sigaction of SIGTRAP in a process, as last seen.</summary>
/// <param name="IsKnown">Whether the fields say something.</param>
/// <param name="Handler">SIG_DFL (0), SIG_IGN (1) or a handler's address.</param>
/// <param name="Flags">sa_flags.</param>
/// <param name="Restorer">sa_restorer.</param>
/// <param name="Mask">sa_mask.</param>
internal readonly record struct TrapAction(bool IsKnown, ulong Handler, ulong Flags, ulong Restorer, ulong Mask)
{
    /// <summary>Bytes of the kernel's structure.</summary>
    public const int Size = 32;

    /// <summary>SIG_IGN.</summary>
    public const ulong Ignore = 1;

    /// <summary>Nothing was seen yet.</summary>
    public static TrapAction Unknown => default;

    /// <summary>SIG_DFL.</summary>
    public static TrapAction Default => new(true, 0, 0, 0, 0);

    /// <summary>Whether the program left the signal alone.</summary>
    public bool IsDefault => IsKnown && Handler == 0;

    /// <summary>Whether a handler of the program's own is called.</summary>
    public bool HasHandler => IsKnown && Handler > Ignore;

    /// <summary>Reads the structure.</summary>
    public static TrapAction Parse(ReadOnlySpan<byte> bytes) => new(
        true,
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    /// <summary>Writes the structure.</summary>
    public void Format(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Handler);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Restorer);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Mask);
    }

    /// <summary>What an executed program starts with: handlers are gone, an ignored signal stays ignored.</summary>
    public TrapAction AfterExec() => IsKnown && Handler == Ignore ? this : IsKnown ? Default : Unknown;
}
