namespace ManagedUprobe.Bench;

/// <summary>Unit of a row's figure.</summary>
internal enum BenchUnit
{
    Nanoseconds,
    Bytes,
}
