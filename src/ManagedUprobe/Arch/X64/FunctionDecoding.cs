using System;
using System.Collections.Generic;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>A function's instructions, one behind the other from the start of each of its parts.</summary>
internal sealed class FunctionDecoding
{
    private readonly Dictionary<ulong, int> _indexes = [];
    private readonly List<Instruction> _instructions = [];
    private readonly List<CodePart> _parts = [];

    /// <summary>The instructions, part after part.</summary>
    public IReadOnlyList<Instruction> Instructions => _instructions;

    /// <summary>Decodes a part to its end; false when bytes in it are no instruction, or one reaches beyond it.</summary>
    public bool TryAdd(CodePart part)
    {
        _parts.Add(part);
        ulong end = part.Vaddr + (ulong)part.Code.Length;
        var decoder = Decoder.Create(part.Mode.Bitness(), part.Code.ToArray(), part.Vaddr);
        while (decoder.IP < end)
        {
            decoder.Decode(out Instruction instruction);
            if (instruction.IsInvalid || instruction.NextIP > end)
            {
                return false;
            }

            _indexes.Add(instruction.IP, _instructions.Count);
            _instructions.Add(instruction);
        }

        return true;
    }

    /// <summary>Whether an address lies in one of the parts.</summary>
    public bool Contains(ulong vaddr) => _parts.Exists(part => part.Contains(vaddr));

    /// <summary>The instruction that begins at an address; false when none does.</summary>
    public bool TryFind(ulong vaddr, out int index) => _indexes.TryGetValue(vaddr, out index);

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> BytesOf(in Instruction instruction)
    {
        ulong vaddr = instruction.IP;
        CodePart part = _parts.Find(candidate => candidate.Contains(vaddr))!;
        return part.Code.Span.Slice((int)(vaddr - part.Vaddr), instruction.Length);
    }
}
