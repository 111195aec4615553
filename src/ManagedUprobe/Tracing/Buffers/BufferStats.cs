namespace ManagedUprobe.Tracing.Buffers;

/// <summary>What per_cpu/cpuN/stats shows.</summary>
/// <param name="Entries">Records in the buffer.</param>
/// <param name="Overrun">Records that were overwritten.</param>
/// <param name="Bytes">Bytes of the records in the buffer, as the kernel counts them.</param>
/// <param name="OldestTime">Time of the first record of the oldest page; 0 when there was none.</param>
/// <param name="Dropped">Records that found no room (with overwriting off).</param>
/// <param name="Read">Records that were consumed.</param>
internal readonly record struct BufferStats(long Entries, long Overrun, long Bytes, long OldestTime, long Dropped, long Read);
