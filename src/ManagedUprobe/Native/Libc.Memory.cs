using System;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int O_RDONLY = 0;
    private const int O_RDWR = 2;
    private const int O_CLOEXEC = 0x80000;

    /// <summary>Opens a file of procfs; the descriptor is close-on-exec and the caller's to close.</summary>
    public static Errno Open(string path, bool write, out int fd)
    {
        fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0);
        return fd < 0 ? LastError : 0;
    }

    /// <summary>Closes a descriptor that <see cref="Open"/> gave.</summary>
    public static void Close(int fd) => _ = close(fd);

    /// <summary>Reads at a position; for /proc/PID/mem the position is the address.</summary>
    /// <returns>Bytes read (0 at the end of a file or of an address space), -1 on error.</returns>
    public static nint Pread(int fd, Span<byte> buffer, ulong position)
    {
        s_systemCalls++;
        fixed (byte* bytes = buffer)
        {
            return pread64(fd, bytes, (nuint)buffer.Length, unchecked((long)position));
        }
    }

    /// <summary>process_vm_readv: reads another process' memory, as far as it can be read there.</summary>
    /// <param name="tid">A thread of the process.</param>
    /// <param name="buffer">Filled from its start.</param>
    /// <param name="vaddr">The address there.</param>
    /// <param name="length">Bytes read; 0 after an error.</param>
    public static Errno ReadProcess(int tid, Span<byte> buffer, ulong vaddr, out int length) => ReadProcess(tid, buffer, new ReadOnlySpan<ulong>(in vaddr), out length);

    /// <summary>process_vm_writev: writes another process' memory where the process could.</summary>
    /// <param name="tid">A thread of the process.</param>
    /// <param name="bytes">What is written.</param>
    /// <param name="vaddr">The address there.</param>
    /// <param name="length">Bytes written; 0 after an error.</param>
    public static Errno WriteProcess(int tid, ReadOnlySpan<byte> bytes, ulong vaddr, out int length)
    {
        s_systemCalls++;
        nuint* parts = stackalloc nuint[4];
        fixed (byte* first = bytes)
        {
            parts[0] = (nuint)first;
            parts[1] = (nuint)bytes.Length;
            parts[2] = (nuint)vaddr;
            parts[3] = (nuint)bytes.Length;
            nint done = process_vm_writev(tid, parts, 1, parts + 2, 1, 0);
            length = (int)Math.Max(0, done);
            return done < 0 ? LastError : 0;
        }
    }

    /// <summary>As the other one, for several places, of which the parts of the buffer, all of one size, are filled in turn up to the first byte that cannot be read.</summary>
    public static Errno ReadProcess(int tid, Span<byte> buffer, ReadOnlySpan<ulong> vaddrs, out int length)
    {
        s_systemCalls++;
        nuint* parts = stackalloc nuint[2 + (2 * vaddrs.Length)];
        for (int i = 0; i < vaddrs.Length; i++)
        {
            parts[2 + (2 * i)] = (nuint)vaddrs[i];
            parts[3 + (2 * i)] = (nuint)(buffer.Length / vaddrs.Length);
        }

        fixed (byte* bytes = buffer)
        {
            parts[0] = (nuint)bytes;
            parts[1] = (nuint)buffer.Length;
            nint done = process_vm_readv(tid, parts, 1, parts + 2, (nuint)vaddrs.Length, 0);
            length = (int)Math.Max(0, done);
            return done < 0 ? LastError : 0;
        }
    }

    /// <summary>Writes at a position. The kernel's forced write goes through read-only protection (copy on write).</summary>
    /// <returns>Bytes written, -1 on error.</returns>
    public static nint Pwrite(int fd, ReadOnlySpan<byte> buffer, ulong position)
    {
        s_systemCalls++;
        fixed (byte* bytes = buffer)
        {
            return pwrite64(fd, bytes, (nuint)buffer.Length, unchecked((long)position));
        }
    }

    /// <summary>A pipe with both ends close-on-exec.</summary>
    public static Errno Pipe(out int read, out int write)
    {
        int* ends = stackalloc int[2];
        int result = pipe2(ends, O_CLOEXEC);
        read = ends[0];
        write = ends[1];
        return result < 0 ? LastError : 0;
    }

    /// <summary>Writes one byte to a pipe.</summary>
    public static Errno WriteByte(int fd, byte value) => write(fd, &value, 1) == 1 ? 0 : LastError;

    /// <summary>Errno of execve permission: 0 when the file may be executed by us.</summary>
    public static Errno AccessExecute(ReadOnlySpan<byte> path)
    {
        const int X_OK = 1;
        fixed (byte* text = NulTerminated(path))
        {
            return access(text, X_OK) < 0 ? LastError : 0;
        }
    }

    private static byte[] NulTerminated(ReadOnlySpan<byte> text)
    {
        byte[] copy = new byte[text.Length + 1];
        text.CopyTo(copy);
        return copy;
    }

    /// <summary>The target of a symbolic link, null when it cannot be read.</summary>
    public static string? ReadLink(string path)
    {
        Span<byte> buffer = stackalloc byte[4096];
        fixed (byte* bytes = buffer)
        {
            nint length = readlink(path, bytes, (nuint)buffer.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(buffer[..(int)length]);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int close(int fd);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static partial nint pread64(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    private static partial nint pwrite64(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "process_vm_readv", SetLastError = true)]
    private static partial nint process_vm_readv(int pid, nuint* local, nuint localCount, nuint* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "process_vm_writev", SetLastError = true)]
    private static partial nint process_vm_writev(int pid, nuint* local, nuint localCount, nuint* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true)]
    private static partial int access(byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlink(string path, byte* buffer, nuint size);
}
