using System;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch;

/// <summary>
/// An analysed instruction, independent of where it is mapped (kernel: <c>struct arch_uprobe</c>). Immutable, any
/// thread.
/// </summary>
/// <remarks>
/// In a nutshell: <c>InsnAnalyzer</c> judges the bytes of a site once for each uprobe; <c>BoostedSlot</c> or
/// <c>StepSlot</c> writes the code that runs in its place, once for each address space; <c>SlotIp</c> says what a
/// thread that stopped in a slot has done so far; <c>InsnEmulator</c> does in the registers what is simpler done
/// there. All of it is pure: bytes and registers in, bytes and registers out.
/// </remarks>
internal sealed class ArchUprobe
{
    private readonly byte[] _bytes;
    private readonly Instruction _instruction;

    internal ArchUprobe(ReadOnlySpan<byte> bytes, Instruction instruction)
    {
        _bytes = bytes.ToArray();
        _instruction = instruction;
    }

    /// <summary>The decoded instruction, as if it stood at address 0.</summary>
    public ref readonly Instruction Instruction => ref _instruction;

    /// <summary>The original bytes: <see cref="Length"/> of them.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Length in bytes; 0 when the bytes are no instruction.</summary>
    public int Length => _bytes.Length;

    /// <summary>The mode that it was decoded in.</summary>
    public required ExecutionMode Mode { get; init; }

    public required InsnKind Kind { get; init; }

    /// <summary>Offset of the opcode (behind prefixes and REX; of the VEX or EVEX prefix for those).</summary>
    public required int OpcodeOffset { get; init; }

    /// <summary>Offset of the 32-bit displacement of a rip-relative operand; 0 when there is none.</summary>
    public required int RipDisplacementOffset { get; init; }

    /// <summary>What the kernel's uprobes say when a probe here is enabled.</summary>
    public required InsnRefusal Kernel { get; init; }

    /// <summary>What we say.</summary>
    public required InsnRefusal Refusal { get; init; }

    /// <summary>We place a probe that the kernel refuses because its tables do not know the instruction.</summary>
    public bool KernelWouldRefuse => Kernel.IsRefused && !Refusal.IsRefused;

    /// <summary>The instruction in AT&amp;T syntax as it reads at <paramref name="siteVaddr"/>; "(bad)" when it
    /// is none.</summary>
    public string Disassemble(ulong siteVaddr)
    {
        if (_bytes.Length == 0)
        {
            return "(bad)";
        }

        var decoder = Decoder.Create(Mode.Bitness(), _bytes, siteVaddr);
        Instruction instruction = decoder.Decode();
        var output = new StringOutput();
        new GasFormatter().Format(instruction, output);
        return output.ToString();
    }
}
