using System;
using ManagedUprobe.Tracing.Triggers;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>hist: sums hits by key.</summary>
internal sealed class HistTrigger : EventTrigger
{
    private readonly HistField[] _keys;
    private readonly HistField[] _summed;
    private readonly byte[] _key;
    private readonly ulong[] _values;

    /// <summary>Creates the trigger.</summary>
    /// <param name="definition">What was asked for.</param>
    /// <param name="histogram">Where it counts: one of its own, or one that it shares by name.</param>
    public HistTrigger(HistDefinition definition, Histogram histogram)
    {
        Definition = definition;
        Histogram = histogram;
        _keys = [.. definition.Keys];
        _summed = [.. definition.Values];
        _key = new byte[definition.KeySize];
        _values = new ulong[definition.Values.Count + 1];
    }

    /// <summary>What was asked for.</summary>
    public HistDefinition Definition { get; }

    /// <summary>Where it counts.</summary>
    public Histogram Histogram { get; }

    /// <inheritdoc/>
    public override TriggerTypes Type => TriggerTypes.Hist;

    /// <inheritdoc/>
    public override bool NeedsRecord => true;

    /// <inheritdoc/>
    public override bool IsPaused => Histogram.IsPaused;

    /// <inheritdoc/>
    public override bool IsListedLast => true;

    /// <inheritdoc/>
    public override string Line => Definition.Line(Filter?.Text, IsPaused);

    /// <inheritdoc/>
    protected override string Name => "hist";

    /// <inheritdoc/>
    public override bool Excludes(EventTrigger other) => other is HistTrigger hist && hist.Definition.Name == Definition.Name
        && hist.Definition.Identity == Definition.Identity && hist.Filter?.Text == Filter?.Text;

    /// <inheritdoc/>
    public override void Fire(in TriggerHit hit)
    {
        Array.Clear(_key);
        int at = 0;
        foreach (HistField key in _keys)
        {
            key.WriteKey(in hit, _key.AsSpan(at));
            at += key.KeySize;
            if (key.Modifier == HistModifier.ExecName)
            {
                Histogram.Remember((int)key.Read(in hit), hit.Input.Comm);
            }
        }

        _values[0] = 1;
        for (int i = 1; i < _values.Length; i++)
        {
            _values[i] = _summed[i - 1].Read(in hit);
        }

        Histogram.Map.Add(_key, _values);
    }
}
