using System;
using System.IO;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Command;

/// <summary>A file that is named on the command line to be read; - is standard input.</summary>
internal static class InputFile
{
    private const string StandardInput = "-";

    /// <summary>All of its bytes.</summary>
    /// <exception cref="UprobeException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path == StandardInput ? "/dev/stdin" : path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UprobeException(Errno.ENOENT, error.Message);
        }
    }
}
