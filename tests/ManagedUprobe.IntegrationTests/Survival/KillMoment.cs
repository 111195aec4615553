namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>When the tracer is killed.</summary>
internal enum KillMoment
{
    /// <summary>After hits were counted.</summary>
    Storm,

    /// <summary>At some instant of its start, from its very beginning.</summary>
    Attach,

    /// <summary>While it leaves, after hits were counted.</summary>
    Detach,
}
