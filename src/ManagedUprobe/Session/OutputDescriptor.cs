using System;
using System.Text;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Where a command's output goes: a file of its own, or standard output.</summary>
/// <remarks>
/// write(2) and nothing else: a stream of the runtime writes at positions of its own, over what the target writes to the same file, and its console
/// changes the terminal and the signals of the process.
/// </remarks>
internal sealed class OutputDescriptor : IDisposable
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private readonly int _fd;

    private OutputDescriptor(int fd) => _fd = fd;

    /// <summary>Opens <paramref name="path"/>, or takes standard output when it is null.</summary>
    /// <exception cref="UprobeException">The file cannot be created.</exception>
    public static OutputDescriptor Open(string? path)
    {
        if (path == null)
        {
            return new OutputDescriptor(StandardOutput);
        }

        Errno errno = Libc.Create(path, out int fd);
        return errno == 0 ? new OutputDescriptor(fd) : throw new UprobeException(errno, $"{path}: {errno}");
    }

    /// <summary>Standard error.</summary>
    public static OutputDescriptor Errors { get; } = new(StandardError);

    /// <summary>Writes a line of text.</summary>
    public void WriteLine(string text) => _ = TryWrite(Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>Writes all bytes.</summary>
    /// <returns>False when the reader has gone (EPIPE) or there is no room.</returns>
    public bool TryWrite(ReadOnlySpan<byte> bytes) => Libc.WriteAll(_fd, bytes) == 0;

    /// <summary>Closes a file of our own; the standard streams stay.</summary>
    public void Dispose()
    {
        if (_fd > StandardError)
        {
            Libc.Close(_fd);
        }
    }
}
