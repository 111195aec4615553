namespace ManagedUprobe.Tracing.Triggers;

/// <summary>A trigger that acts on another event, which is enabled softly as long as the trigger is there.</summary>
/// <param name="target">The other event.</param>
/// <param name="command">The trigger's command: enable_event and so on.</param>
internal abstract class OtherEventTrigger(TraceEventFile target, string command) : EventTrigger
{
    /// <inheritdoc/>
    protected override string Name => $"{command}:{Target.Call.Group}:{Target.Call.Name}";

    /// <summary>The other event.</summary>
    protected TraceEventFile Target { get; } = target;

    /// <inheritdoc/>
    public override bool Excludes(EventTrigger other) =>
        other is OtherEventTrigger same && same.GetType() == GetType() && ReferenceEquals(same.Target, Target);

    /// <inheritdoc/>
    public override void OnAdded() => Target.EnableSoftly();

    /// <inheritdoc/>
    public override void OnRemoved() => Target.DisableSoftly();
}
