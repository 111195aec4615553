using System;
using System.Globalization;
using System.IO;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Comparing;

/// <summary>The kernel's tracefs, mounted for this process alone and nowhere to be seen.</summary>
internal sealed class KernelTraceFs : IDisposable
{
    /// <summary>TAINT_DIE: there was an oops.</summary>
    private const long TaintDie = 1 << 7;

    private readonly int _mount;

    private KernelTraceFs(int mount) => _mount = mount;

    /// <summary>Mounts it.</summary>
    /// <exception cref="UprobeException">It cannot be had here: why.</exception>
    public static KernelTraceFs Open()
    {
        // After an oops its locks may be held for ever, and so would be whoever writes to it.
        long taint = long.Parse(File.ReadAllText("/proc/sys/kernel/tainted"), CultureInfo.InvariantCulture);
        if ((taint & TaintDie) != 0)
        {
            throw new UprobeException(Errno.EIO, "the kernel has oopsed: its tracing is not to be trusted until the next boot");
        }

        Errno errno = Libc.MountDetached("tracefs", out int mount);
        if (errno != 0)
        {
            string remedy = errno == Errno.EPERM ? "; it wants root (CAP_SYS_ADMIN)" : "";
            throw new UprobeException(errno, $"the kernel's tracefs cannot be mounted: {errno}{remedy}");
        }

        var files = new KernelTraceFs(mount);
        if (File.Exists(files.Path("uprobe_events")))
        {
            return files;
        }

        files.Dispose();
        throw new UprobeException(Errno.ENODEV, "this kernel has no uprobe events (CONFIG_UPROBE_EVENTS)");
    }

    /// <summary>A path that this process can use.</summary>
    public string Path(string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_mount}/{file}");

    /// <summary>The text of a file, one byte a character.</summary>
    public string Read(string file) => File.ReadAllText(Path(file), Encoding.Latin1);

    /// <summary>One write to a file, which is neither created nor truncated.</summary>
    /// <returns>0, or what the kernel says.</returns>
    public Errno Write(string file, string text)
    {
        Errno errno = Libc.Open(Path(file), write: true, out int fd);
        if (errno != 0)
        {
            return errno;
        }

        errno = Libc.WriteAll(fd, KernelText.ToBytes(text));
        Libc.Close(fd);
        return errno;
    }

    /// <summary>As <see cref="Write"/>, where nothing but success is expected.</summary>
    /// <exception cref="UprobeException">The kernel refused.</exception>
    public void MustWrite(string file, string text)
    {
        Errno errno = Write(file, text);
        if (errno != 0)
        {
            throw new UprobeException(errno, $"the kernel's {file} does not take '{KernelText.ToUnicode(text)}': {errno}");
        }
    }

    /// <summary>Ends the mount.</summary>
    public void Dispose() => Libc.Close(_mount);
}
