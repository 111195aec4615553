using System.Collections.Generic;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>The instructions with which a function of an unwinder ends: it returns, or it jumps to the place where an exception lands.</summary>
internal static class FunctionExits
{
    /// <summary>Addresses of all returns and computed jumps, in order; jumps of switches are among them.</summary>
    public static List<ulong> Find(CodePart part)
    {
        var decoder = Decoder.Create(part.Mode.Bitness(), part.Code.ToArray(), part.Vaddr);
        ulong end = part.Vaddr + (ulong)part.Code.Length;
        var exits = new List<ulong>();
        while (decoder.IP < end)
        {
            decoder.Decode(out Instruction instruction);
            if (instruction.IsInvalid)
            {
                break;
            }

            if (instruction.FlowControl is FlowControl.Return or FlowControl.IndirectBranch)
            {
                exits.Add(instruction.IP);
            }
        }

        return exits;
    }
}
