namespace ManagedUprobe.Command;

/// <summary>Exit statuses of muprobe itself; a launched command's own status passes through.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Could not trace.</summary>
    public const int CannotTrace = 1;

    /// <summary>Bad usage or a bad definition.</summary>
    public const int BadUsage = 2;
}
