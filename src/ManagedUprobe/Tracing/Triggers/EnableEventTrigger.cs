namespace ManagedUprobe.Tracing.Triggers;

/// <summary>enable_event and disable_event: another event is recorded from now on, or not.</summary>
/// <param name="target">The other event.</param>
/// <param name="enable">Which of the two.</param>
internal sealed class EnableEventTrigger(TraceEventFile target, bool enable)
    : OtherEventTrigger(target, enable ? "enable_event" : "disable_event")
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.EventEnable;

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        bool isEnabled = !Target.Flags.HasFlag(EventFlags.SoftDisabled);
        if (isEnabled != enable && TakeOne())
        {
            Target.SetSoftDisabled(!enable);
        }
    }
}
