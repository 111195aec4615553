using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>What a hist trigger was asked for.</summary>
internal sealed class HistDefinition
{
    /// <summary>What tells hits apart.</summary>
    public required IReadOnlyList<HistField> Keys { get; init; }

    /// <summary>What is summed, besides the hit count.</summary>
    public required IReadOnlyList<HistField> Values { get; init; }

    /// <summary>How entries are ordered.</summary>
    public required IReadOnlyList<HistSort> Sorts { get; init; }

    /// <summary>The most entries.</summary>
    public required int Size { get; init; }

    /// <summary>name=; histograms of one name are one. Null without.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the hit count is not shown.</summary>
    public bool NoHitCount { get; init; }

    /// <summary>clock=, shown with timestamps.</summary>
    public string Clock { get; init; } = "global";

    /// <summary>pause, cont or clear, the first of these; null without.</summary>
    public HistAction? Action { get; init; }

    /// <summary>Whether it is for a histogram that exists: cont or clear.</summary>
    public bool NeedsExisting { get; init; }

    /// <summary>Bytes of a whole key.</summary>
    public int KeySize => Keys.Sum(key => key.KeySize);

    /// <summary>The part of the line that makes histograms the same ones.</summary>
    public string Identity
    {
        get
        {
            var text = new StringBuilder();
            _ = text.Append("keys=").AppendJoin(',', Keys.Select(key => key.Text)).Append(":vals=");
            IEnumerable<string> values = Values.Select(value => value.Text);
            return text.AppendJoin(',', NoHitCount ? values : values.Prepend("hitcount"))
                .Append(":sort=").AppendJoin(',', Sorts.Select(TextOf)).ToString();
        }
    }

    /// <summary>The normal form, as the trigger file shows it.</summary>
    /// <param name="filter">The trigger's filter; null without.</param>
    /// <param name="paused">Whether it is at rest.</param>
    public string Line(string? filter, bool paused)
    {
        var text = new StringBuilder("hist:");
        _ = text.Append(Name == null ? "" : $"name={Name}:").Append(Identity).Append(CultureInfo.InvariantCulture, $":size={Size}");
        if (Keys.Concat(Values).Any(field => field.Source == HistSource.Timestamp))
        {
            _ = text.Append(":clock=").Append(Clock);
        }

        return text.Append(NoHitCount ? ":nohitcount" : "").Append(filter == null ? "" : " if " + filter)
            .Append(paused ? " [paused]" : " [active]").ToString();
    }

    private string TextOf(HistSort sort)
    {
        string name = sort.Index == 0 ? "hitcount"
            : sort.Index <= Values.Count ? Values[sort.Index - 1].Text
            : Keys[sort.Index - Values.Count - 1].Text;
        return name + (sort.Descending ? ".descending" : "");
    }
}
