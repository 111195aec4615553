namespace ManagedUprobe.Session.Gates;

/// <summary>One of the things that can forbid tracing, and how it stands.</summary>
/// <param name="Name">What decides, a few words.</param>
/// <param name="State">Whether it forbids.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to change, in words for the user; empty when open.</param>
internal sealed record Gate(string Name, GateState State, string Detail, string Remedy = "")
{
    public static Gate Open(string name, string detail) => new(name, GateState.Open, detail);

    public static Gate Limited(string name, string detail, string remedy) => new(name, GateState.Limited, detail, remedy);

    public static Gate Shut(string name, string detail, string remedy) => new(name, GateState.Shut, detail, remedy);
}
