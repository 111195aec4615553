namespace ManagedUprobe.Elf;

/// <summary>e_machine in words, for refusals.</summary>
internal static class MachineNames
{
    public const ushort X64 = 62;

    /// <summary>The machine's usual name, or its number.</summary>
    public static string NameOf(ushort machine) => machine switch
    {
        2 => "SPARC",
        3 => "Intel 80386",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC64",
        22 => "IBM S/390",
        40 => "ARM",
        43 => "SPARC V9",
        50 => "Intel IA-64",
        X64 => "x86-64",
        183 => "AArch64",
        243 => "RISC-V",
        247 => "BPF",
        258 => "LoongArch",
        _ => $"machine {machine}",
    };
}
