using System;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>A type of a fetch argument. There is one object a type: they are compared by reference, as the kernel does.</summary>
internal sealed class FetchType
{
    private static readonly FetchType[] s_types =
    [
        new("u8", 1, FetchFormat.Unsigned), new("u16", 2, FetchFormat.Unsigned),
        new("u32", 4, FetchFormat.Unsigned), new("u64", 8, FetchFormat.Unsigned),
        new("s8", 1, FetchFormat.Signed), new("s16", 2, FetchFormat.Signed),
        new("s32", 4, FetchFormat.Signed), new("s64", 8, FetchFormat.Signed),
        new("x8", 1, FetchFormat.Hex), new("x16", 2, FetchFormat.Hex),
        new("x32", 4, FetchFormat.Hex), new("x64", 8, FetchFormat.Hex),
        new("char", 1, FetchFormat.Char),
        new("string", 4, FetchFormat.String), new("ustring", 4, FetchFormat.String),
    ];

    private FetchType(string name, int size, FetchFormat format)
    {
        Name = name;
        Size = size;
        Format = format;
    }

    /// <summary>x64: the type of an argument that names none.</summary>
    public static FetchType Default { get; } = Find("x64")!;

    /// <summary>The type of $comm and of immediate strings.</summary>
    public static FetchType String { get; } = Find("string")!;

    /// <summary>Name in the language.</summary>
    public string Name { get; }

    /// <summary>Bytes of one value in the fixed part of a record (4 for a string: its locator).</summary>
    public int Size { get; }

    /// <summary>How one value is shown.</summary>
    public FetchFormat Format { get; }

    /// <summary>Whether the value is dynamic data.</summary>
    public bool IsString => Format == FetchFormat.String;

    /// <summary>The type of that name; for a bitfield (bW@O/C) that of its container. Null when there is none.</summary>
    public static FetchType? Find(string name)
    {
        if (name.StartsWith('b'))
        {
            return FindContainer(name);
        }

        return Array.Find(s_types, type => type.Name == name);
    }

    private static FetchType? FindContainer(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || KernelNumber.ParseUnsigned(name.AsSpan(slash + 1), out ulong bits) != (Errno)0)
        {
            return null;
        }

        return bits switch
        {
            8 => Find("u8"),
            16 => Find("u16"),
            32 => Find("u32"),
            64 => Find("u64"),
            _ => null,
        };
    }
}
