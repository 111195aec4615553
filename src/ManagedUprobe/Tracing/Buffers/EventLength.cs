namespace ManagedUprobe.Tracing.Buffers;

/// <summary>Bytes that a record takes in the kernel's ring buffer.</summary>
internal static class EventLength
{
    private const int HeaderSize = 4;
    private const int LengthFieldSize = 4;
    private const int TimeExtendSize = 8;
    private const int MaxSmall = 112;
    private const int DeltaBits = 27;

    /// <summary>Bytes of a record of <paramref name="bodyLength"/> bytes that comes <paramref name="delta"/> nanoseconds after the one before it on its page.</summary>
    public static int After(int bodyLength, long delta) => First(bodyLength) + (Extends(delta) ? TimeExtendSize : 0);

    /// <summary>Bytes of a record that is the first on its page: the page has its time.</summary>
    public static int First(int bodyLength) =>
        HeaderSize + (bodyLength > MaxSmall ? LengthFieldSize : 0) + ((bodyLength + 3) & ~3);

    private static bool Extends(long delta) => delta >> DeltaBits != 0;
}
