using System;
using System.IO;
using ManagedUprobe.Primitives;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary>Opens a file for reading, with an errno for what goes wrong.</summary>
internal static class FileOpener
{
    /// <summary>Opens <paramref name="path"/>.</summary>
    public static SafeFileHandle Open(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UprobeException(Errno.ENOENT, "no file has an empty name or one with a NUL");
        }

        if (Directory.Exists(path))
        {
            throw new UprobeException(Errno.EISDIR, $"{path}: is a directory");
        }

        try
        {
            RefusePipe(path);
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Translate(path, exception);
        }
    }

    // Opening a named pipe waits for a writer. Only its size tells it from a file here: it has none. The links of /proc
    // lead to files of other mount namespaces by names that mean nothing here, and are not followed.
    private static void RefusePipe(string path)
    {
        FileSystemInfo? info = new FileInfo(path);
        if (info.LinkTarget is not null)
        {
            info = path.StartsWith("/proc/", StringComparison.Ordinal) ? null : info.ResolveLinkTarget(returnFinalTarget: true);
        }

        if (info is FileInfo { Exists: true, LinkTarget: null, Length: 0 })
        {
            throw new UprobeException(Errno.ENOEXEC, $"{path}: not an ELF file (it is empty, or no regular file)");
        }
    }

    private static UprobeException Translate(string path, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException =>
            new UprobeException(Errno.ENOENT, $"{path}: no such file"),
        UnauthorizedAccessException => new UprobeException(Errno.EACCES, $"{path}: permission denied"),
        PathTooLongException => new UprobeException(Errno.ENAMETOOLONG, $"{path}: name too long"),
        _ => new UprobeException(Errno.EIO, $"{path}: cannot be opened: {exception.Message}"),
    };
}
