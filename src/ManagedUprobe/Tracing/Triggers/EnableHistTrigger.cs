using ManagedUprobe.Tracing.Histograms;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>enable_hist and disable_hist: the histograms of another event go on, or rest.</summary>
/// <param name="target">The other event.</param>
/// <param name="enable">Which of the two.</param>
internal sealed class EnableHistTrigger(TraceEventFile target, bool enable)
    : OtherEventTrigger(target, enable ? "enable_hist" : "disable_hist")
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.HistEnable;

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        if (!TakeOne())
        {
            return;
        }

        foreach (EventTrigger trigger in Target.Triggers.List.All)
        {
            if (trigger is HistTrigger hist)
            {
                hist.Histogram.IsPaused = !enable;
            }
        }
    }
}
