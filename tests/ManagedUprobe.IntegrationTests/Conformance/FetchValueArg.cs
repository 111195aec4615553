namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>One argument of a random event.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Body">What follows the name.</param>
/// <param name="Inner">
/// Number of the argument that shows the pointer (or pointers) inside the dereference of this one, and one more word, for of the last pointer a part
/// may be readable; −1 when there is none.
/// </param>
internal sealed record FetchValueArg(string Name, string Body, int Inner);
