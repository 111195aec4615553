namespace ManagedUprobe.Command.Tracing;

/// <summary>--step: how a displaced instruction is run.</summary>
internal enum StepMode
{
    Boost,
    Single,
}
