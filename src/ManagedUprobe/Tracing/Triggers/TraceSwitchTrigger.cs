namespace ManagedUprobe.Tracing.Triggers;

/// <summary>traceon and traceoff: turn tracing_on on before, or off behind the hit.</summary>
/// <param name="array">Whose.</param>
/// <param name="on">Which of the two.</param>
internal sealed class TraceSwitchTrigger(TraceArray array, bool on) : EventTrigger
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.TraceOnOff;

    /// <inheritdoc/>
    public override bool IsPost => !on;

    /// <inheritdoc/>
    protected override string Name => on ? "traceon" : "traceoff";

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        if (array.IsOn != on && TakeOne())
        {
            array.IsOn = on;
        }
    }
}
