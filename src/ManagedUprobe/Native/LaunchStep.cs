namespace ManagedUprobe.Native;

/// <summary>The calls of the launch stub's child that can fail.</summary>
internal enum LaunchStep
{
    None = 0,
    Chdir = 1,
    Execve = 2,
    Gate = 3,
}
