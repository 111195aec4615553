using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Reads a stream to its end on a thread of its own; others may wait for a line or for the end.</summary>
internal sealed class StreamCollector
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _changed = new();
    private readonly MemoryStream _bytes = new();
    private bool _ended;

    public StreamCollector(Stream stream)
    {
        new Thread(() => Read(stream)) { IsBackground = true }.Start();
    }

    public byte[] Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes.ToArray();
            }
        }
    }

    /// <summary>The first line that starts so, or null when time is over or the stream ends without it.</summary>
    public string? WaitForLine(string start, TimeSpan timeout)
    {
        string? found = null;
        Wait(
            () => (found = FindLine(start)) is not null || _ended,
            timeout);
        return found;
    }

    public bool WaitForEnd(TimeSpan timeout)
    {
        return Wait(() => _ended, timeout);
    }

    private bool Wait(Func<bool> condition, TimeSpan timeout)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_gate)
            {
                if (condition())
                {
                    return true;
                }

                _changed.Reset();
            }

            TimeSpan left = timeout - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !_changed.Wait(left))
            {
                return false;
            }
        }
    }

    private string? FindLine(string start)
    {
        string[] lines = Encoding.UTF8.GetString(_bytes.GetBuffer(), 0, (int)_bytes.Length).Split('\n');
        return Array.Find(lines[..^1], line => line.StartsWith(start, StringComparison.Ordinal));
    }

    private void Read(Stream stream)
    {
        byte[] buffer = new byte[65536];
        int count;
        do
        {
            try
            {
                count = stream.Read(buffer);
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                count = 0;
            }

            lock (_gate)
            {
                _bytes.Write(buffer, 0, count);
                _ended = count == 0;
                _changed.Set();
            }
        }
        while (count > 0);
    }
}
