using System;

namespace ManagedUprobe.Bench;

/// <summary>A measured program failed, or what it wrote is not what it must write: its time means nothing.</summary>
#pragma warning disable RCS1194 // Always thrown with a message.
internal sealed class WrongOutputException(string what) : Exception(what);
#pragma warning restore RCS1194
