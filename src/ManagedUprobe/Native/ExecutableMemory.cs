using System;
using System.Runtime.InteropServices;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

/// <summary>Machine code of ours, callable from this process.</summary>
/// <remarks>
/// The code goes through a memfd: under PR_SET_MDWE and the like neither mmap(RWX) nor mprotect(PROT_EXEC) are allowed,
/// a file mapped PROT_READ|PROT_EXEC is. Where a memfd may not be executed, an anonymous page that changes from rw to rx is tried.
/// </remarks>
internal sealed unsafe partial class ExecutableMemory : IDisposable
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int PROT_EXEC = 4;
    private const int MAP_PRIVATE = 2;
    private const int MAP_ANONYMOUS = 0x20;
    private const uint MFD_CLOEXEC = 1;
    private const int PageSize = 4096;

    private nint _address;

    /// <summary>Maps <paramref name="code"/> (at most one page) executable.</summary>
    /// <exception cref="UprobeException">The system refuses executable memory.</exception>
    public ExecutableMemory(ReadOnlySpan<byte> code)
    {
        Invariant.Require(code.Length <= PageSize, "code larger than a page");
        _address = MapFile(code);
        if (_address == -1)
        {
            _address = MapAnonymous(code);
        }

        if (_address == -1)
        {
            var errno = (Errno)Marshal.GetLastPInvokeError();
            throw new UprobeException(errno, $"no executable memory may be mapped here ({errno})");
        }
    }

    /// <summary>Calls the code at its first byte as <c>long f(void *argument)</c>.</summary>
    public nint Call(void* argument) => ((delegate* unmanaged<void*, nint>)_address)(argument);

    /// <summary>Calls code that takes no argument.</summary>
    public nint Call() => Call(null);

    /// <summary>Unmaps the code; nobody may be executing it.</summary>
    public void Dispose()
    {
        if (_address != 0)
        {
            _ = munmap(_address, PageSize);
            _address = 0;
        }
    }

    private static nint MapFile(ReadOnlySpan<byte> code)
    {
        int fd = memfd_create("muprobe", MFD_CLOEXEC);
        if (fd < 0)
        {
            return -1;
        }

        nint written = Libc.Pwrite(fd, code, 0);
        nint address = written == code.Length ? mmap(0, PageSize, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) : -1;
        Libc.Close(fd);
        return address;
    }

    private static nint MapAnonymous(ReadOnlySpan<byte> code)
    {
        nint address = mmap(0, PageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (address == -1)
        {
            return -1;
        }

        code.CopyTo(new Span<byte>((void*)address, PageSize));
        if (mprotect(address, PageSize, PROT_READ | PROT_EXEC) == 0)
        {
            return address;
        }

        _ = munmap(address, PageSize);
        return -1;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);
}
