namespace ManagedUprobe.Tracing.Histograms;

/// <summary>What a command does to a histogram that exists.</summary>
internal enum HistAction
{
    /// <summary>It rests.</summary>
    Pause,

    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It is emptied.</summary>
    Clear,
}
