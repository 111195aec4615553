using System;
using System.IO;
using ManagedUprobe.Primitives;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary>Bounded reads of one file by offset. A read never moves a file position, so the handle may be shared.</summary>
internal sealed class ElfReader : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly bool _ownsHandle;

    public ElfReader(SafeFileHandle handle, string name, bool ownsHandle)
    {
        _handle = handle;
        _ownsHandle = ownsHandle;
        Name = name;
        Length = ReadLength();
    }

    /// <summary>What messages call the file.</summary>
    public string Name { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public ulong Length { get; }

    /// <summary>Reads from <paramref name="offset"/> as far as the file and the buffer go.</summary>
    /// <returns>Bytes read, 0 at the end of the file.</returns>
    public int ReadUpTo(ulong offset, Span<byte> buffer)
    {
        int done = 0;
        try
        {
            while (done < buffer.Length && offset + (ulong)done < Length)
            {
                int count = RandomAccess.Read(_handle, buffer[done..], checked((long)(offset + (ulong)done)));
                if (count == 0)
                {
                    break;
                }

                done += count;
            }
        }
        catch (IOException exception)
        {
            throw new UprobeException(Errno.EIO, $"{Name}: cannot be read: {exception.Message}");
        }

        return done;
    }

    /// <summary>Fills <paramref name="buffer"/>; false when the file ends before.</summary>
    public bool TryRead(ulong offset, Span<byte> buffer) =>
        Contains(offset, (ulong)buffer.Length) && ReadUpTo(offset, buffer) == buffer.Length;

    /// <summary>Whether the range lies inside the file.</summary>
    public bool Contains(ulong offset, ulong size) => offset <= Length && size <= Length - offset;

    /// <summary>Reads a whole table, or throws what is wrong with it.</summary>
    public byte[] ReadTable(ulong offset, ulong size, string what, ulong limit = ElfLimits.MaxTableBytes)
    {
        if (!Contains(offset, size))
        {
            throw Truncated($"{what} at offset 0x{offset:x} with 0x{size:x} bytes");
        }

        if (size > limit)
        {
            throw Refuse($"{what} has {size} bytes, more than the {limit} that are read");
        }

        byte[] table = size == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)size);
        return ReadUpTo(offset, table) == table.Length ? table : throw Truncated(what);
    }

    /// <summary>The exception for a file that cannot be used.</summary>
    public UprobeException Refuse(string problem) => new(Errno.ENOEXEC, $"{Name}: {problem}");

    /// <summary>The exception for a file that ends too early.</summary>
    public UprobeException Truncated(string missing) =>
        Refuse($"truncated ELF file: {missing} is beyond its end (the file has 0x{Length:x} bytes)");

    /// <summary>Closes the file if it was opened here.</summary>
    public void Dispose()
    {
        if (_ownsHandle)
        {
            _handle.Dispose();
        }
    }

    private ulong ReadLength()
    {
        try
        {
            return (ulong)Math.Max(0, RandomAccess.GetLength(_handle));
        }
        catch (Exception exception) when (exception is NotSupportedException or IOException)
        {
            throw Refuse("not a regular file");
        }
    }
}
