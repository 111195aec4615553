using System;

namespace ManagedUprobe.Events;

/// <summary>Tells the comm of the task that hit; asked only when a definition shows $comm.</summary>
internal interface ICommSource
{
    /// <summary>Writes the comm (at most 15 bytes, no NUL) and returns its length.</summary>
    int ReadComm(Span<byte> comm);
}
