namespace ManagedUprobe.Tracing;

/// <summary>A file or folder of the tree.</summary>
/// <param name="name">Name in its folder, one byte a character.</param>
/// <param name="mode">Permission bits, as the kernel's file has them.</param>
internal abstract class TraceNode(string name, int mode)
{
    /// <summary>Name in its folder, one byte a character; empty for the root.</summary>
    public string Name => name;

    /// <summary>Permission bits.</summary>
    public int Mode => mode;
}
