using System;
using System.Runtime.InteropServices;
using System.Text;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int AT_FDCWD = -100;
    private const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>stat(2) of a path given as bytes, symbolic links followed.</summary>
    /// <returns>0, or the errno of the lookup.</returns>
    public static Errno Stat(ReadOnlySpan<byte> path, out FileStat stat)
    {
        StatxBuffer buffer = default;
        int result;
        fixed (byte* text = NulTerminated(path))
        {
            // statx: its layout is the same on every architecture and libc.
            result = statx(AT_FDCWD, text, 0, STATX_BASIC_STATS, &buffer);
        }

        if (result < 0)
        {
            stat = default;
            return LastError;
        }

        ulong device = FileIdentity.MakeDevice(buffer.dev_major, buffer.dev_minor);
        stat = new FileStat(new FileIdentity(device, buffer.ino), buffer.mode, unchecked((long)buffer.size))
        {
            ChangeTime = unchecked((buffer.ctime_sec * 1_000_000_000) + buffer.ctime_nsec),
        };
        return 0;
    }

    /// <summary>As above, for a path that is text.</summary>
    public static Errno Stat(string path, out FileStat stat) => Stat(Encoding.UTF8.GetBytes(path), out stat);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, StatxBuffer* buffer);

    /// <summary>struct statx: the fields that are read, at their offsets.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBuffer
    {
        [FieldOffset(28)]
        public ushort mode;
        [FieldOffset(32)]
        public ulong ino;
        [FieldOffset(40)]
        public ulong size;
        [FieldOffset(96)]
        public long ctime_sec;
        [FieldOffset(104)]
        public uint ctime_nsec;
        [FieldOffset(136)]
        public uint dev_major;
        [FieldOffset(140)]
        public uint dev_minor;
    }
}
