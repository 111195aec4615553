namespace ManagedUprobe.Command;

/// <summary>A command whose --help says more than its line in the list of commands.</summary>
internal sealed class DetailedCommand(string name, string description, string details)
    : System.CommandLine.Command(name, description)
{
    /// <summary>What stands below the options.</summary>
    public string Details => details;
}
