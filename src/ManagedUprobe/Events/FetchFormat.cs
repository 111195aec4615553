namespace ManagedUprobe.Events;

/// <summary>How a value is shown.</summary>
internal enum FetchFormat : byte
{
    /// <summary>Decimal without a sign.</summary>
    Unsigned,

    /// <summary>Decimal with a sign.</summary>
    Signed,

    /// <summary>0x and hexadecimal digits without padding.</summary>
    Hex,

    /// <summary>The raw byte between apostrophes.</summary>
    Char,

    /// <summary>Bytes between quotes; the field is a locator of dynamic data.</summary>
    String,
}
