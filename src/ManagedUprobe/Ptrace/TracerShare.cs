using System.Globalization;
using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Where the time of a session went: waiting for the targets, or handling their stops. Tracer thread; read by others when it has ended.</summary>
internal sealed class TracerShare
{
    private long _begin;
    private long _end;
    private long _waited;

    /// <summary>Waits that ended: stops of targets, and wake-ups.</summary>
    public long Stops { get; private set; }

    /// <summary>System calls of the tracer thread: ptrace requests, waits, reads and writes of memory.</summary>
    public long SystemCalls { get; private set; }

    /// <summary>Nanoseconds in which the targets ran, or slept, and the tracer waited for them.</summary>
    public long TargetNs => _waited;

    /// <summary>Nanoseconds from the first wait to the last stop in which the tracer was at work.</summary>
    public long TracerNs => _end - _begin - _waited;

    /// <summary>A wait has ended.</summary>
    public void OnStop(long waitStart, long waitEnd)
    {
        if (Stops++ == 0)
        {
            _begin = waitStart;
        }

        _end = waitEnd;
        _waited += waitEnd - waitStart;
        SystemCalls = Libc.SystemCalls;
    }

    /// <summary>One line for a user.</summary>
    public string Line(long hits)
    {
        double perHit = hits == 0 ? 0 : (double)SystemCalls / hits;
        double all = TargetNs + TracerNs;
        double share = all == 0 ? 0 : TracerNs / all * 100;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Stops} stops, {perHit:F1} system calls a hit; {TargetNs / 1e9:F3} s in the target, {TracerNs / 1e9:F3} s in the tracer ({share:F0} %)");
    }
}
