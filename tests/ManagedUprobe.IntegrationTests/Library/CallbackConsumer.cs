using System;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>A consumer made of functions: those that are set are called.</summary>
internal sealed class CallbackConsumer : UprobeConsumer
{
    public Func<UprobeContext, UprobeHandlerResult>? OnHit { get; init; }

    public Action<UprobeContext>? OnReturn { get; init; }

    public Func<int, bool>? Accepts { get; init; }

    public int Data { get; init; }

    public override bool HasHandler => OnHit != null;

    public override bool HasReturnHandler => OnReturn != null;

    public override int DataSize => Data;

    /// <summary>A consumer that is told of entries and keeps its probe.</summary>
    public static CallbackConsumer Entry(Action<UprobeContext> action)
    {
        return new CallbackConsumer { OnHit = Keep(action) };
    }

    /// <summary>A consumer that is told of returns alone.</summary>
    public static CallbackConsumer Return(Action<UprobeContext> action)
    {
        return new CallbackConsumer { OnReturn = action };
    }

    public static Func<UprobeContext, UprobeHandlerResult> Keep(Action<UprobeContext> action)
    {
        return context =>
        {
            action(context);
            return UprobeHandlerResult.Keep;
        };
    }

    public override UprobeHandlerResult Handler(UprobeContext context)
    {
        return OnHit!(context);
    }

    public override void ReturnHandler(UprobeContext context)
    {
        OnReturn!(context);
    }

    public override bool Filter(int processId)
    {
        return Accepts?.Invoke(processId) ?? true;
    }
}
