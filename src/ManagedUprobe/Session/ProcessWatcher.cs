using System;
using System.Collections.Generic;
using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Session;

/// <summary>Finds the processes that map the probed files: those that exist, and those that start later as far as an unprivileged process can learn of it.</summary>
/// <remarks>
/// Executing or mapping a file begins with opening it, which inotify tells, though not by whom: then the processes are looked through, now and a few times soon
/// after, because the mapping comes a moment later. What a new process does in that moment is not seen; children of traced processes are followed from their first
/// instruction and miss nothing.
/// </remarks>
internal sealed class ProcessWatcher : IDisposable
{
    private const int IdleMilliseconds = 200;
    private static readonly int[] s_looksAfterOpen = [0, 1, 2, 4, 8, 16, 32];

    private readonly Tracer _tracer;
    private readonly int _self = Libc.GetPid();
    private readonly Thread _thread;
    private readonly int _inotify = -1;
    private readonly Lock _watching = new();
    private volatile bool _ended;

    /// <summary>Starts watching.</summary>
    /// <param name="tracer">Attaches to what is found.</param>
    /// <param name="files">The probed files.</param>
    public ProcessWatcher(Tracer tracer, IEnumerable<string> files)
    {
        _tracer = tracer;
        _ = Libc.InotifyInit(out _inotify);
        foreach (string file in files)
        {
            WatchOpens(file);
        }

        Look();
        _thread = new Thread(Run) { IsBackground = true, Name = "processes" };
        _thread.Start();
    }

    /// <summary>Watches one more file; attaches to the processes that map it already. Any thread.</summary>
    public void Watch(string file)
    {
        WatchOpens(file);
        Look();
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        lock (_watching)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        _thread.Join();
        Libc.Close(_inotify);
    }

    private void WatchOpens(string file)
    {
        lock (_watching)
        {
            _ = !_ended && _inotify >= 0 && Libc.InotifyWatchOpens(_inotify, file) == 0;
        }
    }

    private void Run()
    {
        try
        {
            while (!_ended)
            {
                int[] looks = Libc.InotifyWait(_inotify, IdleMilliseconds) ? s_looksAfterOpen : [0];
                foreach (int milliseconds in looks)
                {
                    // More opens meanwhile end the wait: the next look finds both.
                    _ = milliseconds > 0 && Libc.InotifyWait(_inotify, milliseconds);
                    Look();
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The session has ended.
        }
    }

    private void Look()
    {
        List<int> processes = ProcFile.Processes();
        _ = processes.Remove(_self);
        _tracer.AttachAll(processes);
    }
}
