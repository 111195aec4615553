using System;

namespace ManagedUprobe.Bench;

/// <summary>A row cannot be measured on this machine; the message says why and what would help.</summary>
#pragma warning disable RCS1194 // Always thrown with a message.
internal sealed class NotMeasurableException(string reason) : Exception(reason);
#pragma warning restore RCS1194
