using ManagedUprobe.Arch;
using ManagedUprobe.Native;

namespace ManagedUprobe.Tests.Arch;

/// <summary>One instruction with the registers that it starts from, and its two slots.</summary>
internal sealed record OracleCase(ArchUprobe Insn, UserRegs Before, uint Seed, string Name)
{
    public byte[] Boosted { get; } = new byte[32];

    public byte[] Stepped { get; } = new byte[32];

    public SlotLayout BoostedLayout { get; set; }

    public SlotLayout SteppedLayout { get; set; }

    /// <summary>It may jump to itself: natively only a single step ends.</summary>
    public bool StepNatively { get; set; }
}
