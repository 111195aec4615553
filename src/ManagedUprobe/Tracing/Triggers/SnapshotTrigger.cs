namespace ManagedUprobe.Tracing.Triggers;

/// <summary>snapshot: what is recorded so far becomes the snapshot, before the hit is recorded.</summary>
/// <param name="array">Whose.</param>
internal sealed class SnapshotTrigger(TraceArray array) : EventTrigger
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.Snapshot;

    /// <inheritdoc/>
    protected override string Name => "snapshot";

    /// <inheritdoc/>
    public override void OnAdded() => array.AllocateSnapshot();

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        if (TakeOne())
        {
            array.TakeSnapshot();
        }
    }
}
