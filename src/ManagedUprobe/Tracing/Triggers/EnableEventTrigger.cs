namespace ManagedUprobe.Tracing.Triggers;

/// <summary>enable_event and disable_event: another event is recorded from now on, or not.</summary>
/// <param name="target">The other event.</param>
/// <param name="enable">Which of the two.</param>
internal sealed class EnableEventTrigger(TraceEventFile target, bool enable) : EventTrigger
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.EventEnable;

    /// <inheritdoc/>
    protected override string Name => $"{(enable ? "enable_event" : "disable_event")}:{target.Call.Group}:{target.Call.Name}";

    /// <inheritdoc/>
    public override bool Excludes(EventTrigger other) => other is EnableEventTrigger same && same.IsFor(target);

    /// <inheritdoc/>
    public override void OnAdded() => target.EnableSoftly();

    /// <inheritdoc/>
    public override void OnRemoved() => target.DisableSoftly();

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        bool isEnabled = !target.Flags.HasFlag(EventFlags.SoftDisabled);
        if (isEnabled != enable && TakeOne())
        {
            target.SetSoftDisabled(!enable);
        }
    }

    private bool IsFor(TraceEventFile file) => ReferenceEquals(file, target);
}
