namespace ManagedUprobe.Ptrace;

/// <summary>How the tracer waits for the next stop.</summary>
internal enum WaitWay
{
    /// <summary>Asleep in the kernel.</summary>
    Asleep,

    /// <summary>Looking again and again, from another CPU.</summary>
    Looking,

    /// <summary>Asleep on the target's CPU, with the other one held so that the kernel leaves the target where it is.</summary>
    Together,
}
