using ManagedUprobe.Events;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>What parse was asked for.</summary>
/// <param name="Path">The file of commands, - for standard input.</param>
/// <param name="Fresh">--fresh.</param>
/// <param name="File">--file: the file that the lines are read as.</param>
/// <param name="Extended">--extended.</param>
internal sealed record ParseOptions(string Path, bool Fresh, EventFile File, bool Extended);
