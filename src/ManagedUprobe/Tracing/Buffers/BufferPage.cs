namespace ManagedUprobe.Tracing.Buffers;

/// <summary>One page of a CPU's buffer. It holds as many records as the kernel's page would, in our own form.</summary>
/// <param name="start">Where its room begins in the buffer's store.</param>
internal sealed class BufferPage(int start)
{
    /// <summary>Bytes of data that the kernel's page has.</summary>
    public const int KernelSize = 4080;

    private const int SmallestRecord = 8;

    /// <summary>Bytes that so many records need in our form, whose header is longer.</summary>
    public const int Room = 15 * 1024;

    /// <summary>Where its room begins in the buffer's store.</summary>
    public int Start => start;

    /// <summary>Bytes in use, in our form.</summary>
    public int Used { get; set; }

    /// <summary>Bytes in use, as the kernel counts them.</summary>
    public int Committed { get; set; }

    /// <summary>Bytes at its end that were given up, because the next record did not fit; counted as in use until they are passed by.</summary>
    public int Padding { get; set; }

    /// <summary>Records on it.</summary>
    public int Entries { get; set; }

    /// <summary>Time of its first record.</summary>
    public long FirstTime { get; set; }

    /// <summary>Bytes that were consumed, in our form.</summary>
    public int Read { get; set; }

    /// <summary>Whether there is nothing on it to consume now.</summary>
    public bool IsConsumed => Read == Used;

    /// <summary>Gives up what is left of it. As in the kernel, that counts if it could hold the head of a record.</summary>
    /// <returns>Bytes that count as in use from now on.</returns>
    public int Close()
    {
        int left = KernelSize - Committed;
        if (left < SmallestRecord)
        {
            return 0;
        }

        Padding = left;
        Committed = KernelSize;
        return left;
    }

    /// <summary>Makes it empty.</summary>
    public void Clear() => (Used, Committed, Padding, Entries, FirstTime, Read) = (0, 0, 0, 0, 0, 0);
}
