using System;
using System.Globalization;
using ManagedUprobe.Native;

namespace ManagedUprobe.ProcFs;

/// <summary>Which signals a process has handlers for, again and again: its status file stays open, nothing is allocated.</summary>
internal sealed class CaughtSignals : IDisposable
{
    private const int MaxText = 4096;

    private readonly int _pid;
    private int _fd = -1;

    /// <summary>Describes a process; its file is opened when it is needed first.</summary>
    public CaughtSignals(int pid) => _pid = pid;

    /// <summary>Reads SigCgt, bit N-1 for signal N. False when it cannot be read.</summary>
    public bool TryRead(out ulong signals)
    {
        signals = 0;
        if (_fd < 0 && Libc.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{_pid}/status"), write: false, out _fd) != 0)
        {
            _fd = -1;
            return false;
        }

        Span<byte> text = stackalloc byte[MaxText];
        int length = (int)Libc.Pread(_fd, text, 0);
        return length > 0 && ProcStatus.TryParseCaught(text[..length], out signals);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            Libc.Close(_fd);
            _fd = -1;
        }
    }
}
