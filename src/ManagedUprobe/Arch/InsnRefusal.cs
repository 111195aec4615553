using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Arch;

/// <summary>Why an instruction cannot be probed; the default value says that it can.</summary>
/// <param name="Errno">What the kernel returns (524 ENOTSUPP, ENOEXEC), or would return if it knew better.</param>
/// <param name="Reason">One clause for the user, without a full stop; null when there is no refusal.</param>
internal readonly record struct InsnRefusal(Errno Errno, string? Reason)
{
    public bool IsRefused => Reason is not null;

    /// <summary>Refused with 524.</summary>
    public static InsnRefusal NotSupported(string reason) => new(UprobeException.NotSupported, reason);

    /// <summary>The bytes are no instruction.</summary>
    public static InsnRefusal NoInstruction(string reason) => new(Errno.ENOEXEC, reason);
}
