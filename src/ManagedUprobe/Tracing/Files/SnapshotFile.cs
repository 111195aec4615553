using System;

namespace ManagedUprobe.Tracing.Files;

/// <summary>snapshot: what was recorded when the last snapshot was taken. 1 takes one, 0 frees it, other numbers empty it.</summary>
/// <param name="array">Whose.</param>
internal sealed class SnapshotFile(TraceArray array) : TraceFile("snapshot", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => array.Snapshot is { } snapshot && snapshot.HasRecords(cpu: -1) ? TraceSnapshot.Read(array, snapshot, cpu: -1) : Help();

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        switch (KernelWrite.Number(data))
        {
            case 0:
                array.FreeSnapshot();
                break;
            case 1:
                array.AllocateSnapshot();
                array.TakeSnapshot();
                break;
            default:
                array.Snapshot?.Clear();
                break;
        }

        return data.Length;
    }

    private string Help() =>
        $"""
        # tracer: nop
        #
        #
        # * Snapshot is {(array.Snapshot == null ? "freed" : "allocated")} *
        #
        # Snapshot commands:
        # echo 0 > snapshot : Clears and frees snapshot buffer
        # echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.
        #                      Takes a snapshot of the main buffer.
        # echo 2 > snapshot : Clears snapshot buffer (but does not allocate or free)
        #                      (Doesn't have to be '2' works with any number that
        #                       is not a '0' or '1')

        """;
}
