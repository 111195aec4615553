using ManagedUprobe.Tracing.Histograms;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>enable_hist and disable_hist: the histograms of another event go on, or rest.</summary>
/// <param name="target">The other event.</param>
/// <param name="enable">Which of the two.</param>
internal sealed class EnableHistTrigger(TraceEventFile target, bool enable) : EventTrigger
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.HistEnable;

    /// <inheritdoc/>
    protected override string Name => $"{(enable ? "enable_hist" : "disable_hist")}:{target.Call.Group}:{target.Call.Name}";

    /// <inheritdoc/>
    public override bool Excludes(EventTrigger other) => other is EnableHistTrigger same && same.IsFor(target);

    /// <inheritdoc/>
    public override void OnAdded() => target.EnableSoftly();

    /// <inheritdoc/>
    public override void OnRemoved() => target.DisableSoftly();

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        if (!TakeOne())
        {
            return;
        }

        foreach (EventTrigger trigger in target.Triggers.List.All)
        {
            if (trigger is HistTrigger hist)
            {
                hist.Histogram.IsPaused = !enable;
            }
        }
    }

    private bool IsFor(TraceEventFile file) => ReferenceEquals(file, target);
}
