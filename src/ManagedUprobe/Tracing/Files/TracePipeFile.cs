using System.IO;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Files;

/// <summary>trace_pipe, of all CPUs or of one: what is read is gone.</summary>
/// <param name="array">Whose.</param>
/// <param name="cpu">The CPU; -1 for all.</param>
internal sealed class TracePipeFile(TraceArray array, int cpu) : TraceFile("trace_pipe", ReadOnly)
{
    /// <summary>All lines that are there now; it does not wait.</summary>
    public override string Read()
    {
        using var pipe = TracePipe.Open(array, cpu);
        var text = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        for (int length = pipe.Read(part, wait: false); length > 0; length = pipe.Read(part, wait: false))
        {
            text.Write(part, 0, length);
        }

        return KernelText.FromBytes(text.ToArray());
    }

    /// <inheritdoc/>
    public override Stream OpenRead() => new TracePipeStream(TracePipe.Open(array, cpu));
}
