namespace ManagedUprobe.Events;

/// <summary>One step of fetching. A program is a run of steps an argument: a base, dereferences, one store.</summary>
internal enum FetchOp : byte
{
    /// <summary>Base: a register (<see cref="FetchInsn.Index"/> is its offset in the registers).</summary>
    Register,

    /// <summary>Base: the probed address, or the return address.</summary>
    Ip,

    /// <summary>Base: -1, for no system call is going on.</summary>
    OrigAx,

    /// <summary>Base: the word at stack pointer + <see cref="FetchInsn.Value"/>; 0 when it cannot be read.</summary>
    Stack,

    /// <summary>Base: the constant in <see cref="FetchInsn.Value"/>.</summary>
    Immediate,

    /// <summary>Base: hit address − file offset of the probe + <see cref="FetchInsn.Value"/>.</summary>
    FileOffset,

    /// <summary>Base: the comm of the current task, for a string.</summary>
    Comm,

    /// <summary>Base: an immediate string, which uprobe events never show.</summary>
    ImmediateString,

    /// <summary>The 8 bytes at value + <see cref="FetchInsn.Offset"/>.</summary>
    Dereference,

    /// <summary>Store: the value itself, truncated.</summary>
    StoreValue,

    /// <summary>Store: what is at value + <see cref="FetchInsn.Offset"/>, one or several elements.</summary>
    StoreMemory,

    /// <summary>Store: the string at value + <see cref="FetchInsn.Offset"/>.</summary>
    StoreString,

    /// <summary>Store: the strings that the pointers at value + <see cref="FetchInsn.Offset"/> point to.</summary>
    StoreStringArray,
}
