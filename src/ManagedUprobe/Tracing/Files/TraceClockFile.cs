using System;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>trace_clock: all clocks, the current one in brackets.</summary>
internal sealed class TraceClockFile(TraceArray array) : TraceFile("trace_clock", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() =>
        string.Join(' ', TraceClock.All.Select(clock => clock == array.Clock ? $"[{clock.Name}]" : clock.Name)) + "\n";

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        string name = KernelWrite.Word(data);
        TraceClock clock = TraceClock.Find(name)
            ?? throw new UprobeException(Errno.EINVAL, $"There is no clock {KernelText.ToUnicode(name)}");

        // One that cannot be read is refused here, not at a hit.
        _ = clock.Now;
        array.Clock = clock;
        return data.Length;
    }
}
