using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>stacktrace: the stack of the thread follows the record of its hit.</summary>
/// <remarks>The kernel shows frames of its own there, from the trap to the recorder, which are the same at each hit; here is only the program's stack.</remarks>
/// <param name="array">Whose.</param>
internal sealed class StackTraceTrigger(TraceArray array) : EventTrigger
{
    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.StackTrace;

    /// <inheritdoc/>
    public override bool IsPost => true;

    /// <inheritdoc/>
    protected override string Name => "stacktrace";

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        if (TakeOne())
        {
            array.KeepStack(new TraceRecord(hit.Record), hit.Stack);
        }
    }
}
