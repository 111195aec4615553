namespace ManagedUprobe.Session.Gates;

/// <summary>/proc/sys/kernel/yama/ptrace_scope.</summary>
internal enum YamaScope
{
    /// <summary>No Yama in this kernel, or scope 0: classic rules.</summary>
    Classic = 0,

    /// <summary>Only descendants, and who was named by PR_SET_PTRACER.</summary>
    Restricted = 1,

    /// <summary>Only with CAP_SYS_PTRACE.</summary>
    AdminOnly = 2,

    /// <summary>Nobody, until the next boot.</summary>
    NoAttach = 3,
}
