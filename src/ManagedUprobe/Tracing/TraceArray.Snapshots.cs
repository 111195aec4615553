using System.Linq;
using System.Threading;
using ManagedUprobe.Events;
using ManagedUprobe.Tracing.Buffers;

namespace ManagedUprobe.Tracing;

internal sealed partial class TraceArray
{
    private readonly byte[] _stackRecord = new byte[UserStackRecord.Size];
    private readonly Lock _snapshotLock = new();
    private TraceBuffer? _snapshot;

    /// <summary>The buffer that the file snapshot shows; null when there is none.</summary>
    public TraceBuffer? Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Makes the buffer for snapshots, if there is none yet, as large as that of the records.</summary>
    public void AllocateSnapshot()
    {
        TraceBuffer buffer = StartBuffer();
        lock (_snapshotLock)
        {
            if (_snapshot == null)
            {
                Volatile.Write(ref _snapshot, new TraceBuffer(buffer.Cpus));
            }

            foreach (int cpu in Enumerable.Range(0, buffer.Cpus))
            {
                _snapshot![cpu].Resize(buffer[cpu].Pages);
            }
        }
    }

    /// <summary>Frees it. Snapshots that triggers take from now on turn tracing off.</summary>
    public void FreeSnapshot()
    {
        lock (_snapshotLock)
        {
            Volatile.Write(ref _snapshot, null);
        }
    }

    /// <summary>Takes a snapshot: the two buffers change places, with what is in them. Any thread; allocates nothing.</summary>
    public void TakeSnapshot()
    {
        lock (_snapshotLock)
        {
            if (_snapshot is { } snapshot)
            {
                StartBuffer().Swap(snapshot);
            }
            else
            {
                IsOn = false;
            }
        }
    }

    /// <summary>Keeps the stack of a thread behind the record of its hit. Tracer thread; allocates nothing.</summary>
    public void KeepStack(TraceRecord record, UserStack stack)
    {
        if (Buffer is { } buffer && IsOn)
        {
            UserStackRecord.Make(_stackRecord, in record.Header, stack);
            buffer.Write(new TraceRecord(_stackRecord));
        }
    }
}
