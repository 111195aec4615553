using System;

namespace ManagedUprobe.Tracing.Files;

/// <summary>A file that is only read and says how things are now.</summary>
/// <param name="name">Its name.</param>
/// <param name="text">Makes its text, one byte a character.</param>
internal sealed class ComputedFile(string name, Func<string> text) : TraceFile(name, ReadOnly)
{
    /// <inheritdoc/>
    public override string Read() => text();
}
