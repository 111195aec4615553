namespace ManagedUprobe.Command.Tracing;

/// <summary>--mode: how sites are placed.</summary>
internal enum PlacingMode
{
    Auto,
    Trap,
    Jump,
}
