using System;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>One argument of a random event.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Body">What follows the name.</param>
/// <param name="Inner">
/// Number of the argument that shows the pointer (or pointers) inside the dereference of this one, and one more word, for of the last pointer a part
/// may be readable; −1 when there is none.
/// </param>
/// <param name="Texts">Texts that it shows; 0 when it shows numbers.</param>
internal sealed record FetchValueArg(string Name, string Body, int Inner, int Texts)
{
    /// <summary>Whether its values stand in braces.</summary>
    public bool IsArray => Body.EndsWith(']');

    /// <summary>Whether it is the name of the thread.</summary>
    public bool IsComm => Body.StartsWith("$comm", StringComparison.OrdinalIgnoreCase);
}
