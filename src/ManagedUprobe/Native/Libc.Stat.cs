using System.Runtime.InteropServices;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int AT_FDCWD = -100;
    private const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>What stat(2) says of a path, following symbolic links.</summary>
    public static Errno Stat(string path, out FileStatus status)
    {
        StatxBuffer buffer;
        if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &buffer) < 0)
        {
            status = default;
            return LastError;
        }

        var identity = new FileIdentity(FileIdentity.MakeDevice(buffer.stx_dev_major, buffer.stx_dev_minor), buffer.stx_ino);
        status = new FileStatus(identity, buffer.stx_mode, buffer.stx_size);
        return 0;
    }

    // statx and not stat: glibc exports the latter under one name only since 2.33.
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, StatxBuffer* buffer);

    /// <summary>struct statx, as far as it is read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct StatxBuffer
    {
        [FieldOffset(28)]
        public ushort stx_mode;

        [FieldOffset(32)]
        public ulong stx_ino;

        [FieldOffset(40)]
        public ulong stx_size;

        [FieldOffset(136)]
        public uint stx_dev_major;

        [FieldOffset(140)]
        public uint stx_dev_minor;
    }
}
