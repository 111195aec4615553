namespace ManagedUprobe.Session.Comparing;

/// <summary>How what the kernel recorded of an event compares with what we did.</summary>
internal enum ComparisonResult
{
    /// <summary>The same lines.</summary>
    Same,

    /// <summary>The same lines in another order, as threads and processes that run at the same time have it.</summary>
    OtherOrder,

    /// <summary>The same but for addresses: each of the two maps areas of its own into the program, what is mapped later lies elsewhere.</summary>
    OtherAddresses,

    /// <summary>Other lines, or another number of them.</summary>
    Different,
}
