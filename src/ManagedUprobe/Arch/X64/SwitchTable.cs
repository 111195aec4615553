using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Iced.Intel;

namespace ManagedUprobe.Arch.X64;

/// <summary>The tables through which compilers jump in a <c>switch</c>: what tells such a jump from a call through a pointer that is made last.</summary>
internal static class SwitchTable
{
    // Between the load of the entry and the jump compilers put little.
    private const int LookBack = 12;
    private const int MaxEntries = 4096;

    /// <summary>Finds where an indirect jump goes.</summary>
    /// <param name="decoding">The function.</param>
    /// <param name="index">The jump.</param>
    /// <param name="function">Tables are read from it.</param>
    /// <param name="targets">Receives the targets inside the function (perhaps more than the program ever uses).</param>
    /// <returns>False when it is no jump through a table of places in this function.</returns>
    public static bool TryFindTargets(FunctionDecoding decoding, int index, IFunctionCode function, List<ulong> targets)
    {
        Instruction jump = decoding.Instructions[index];
        if (jump.Op0Kind == OpKind.Register)
        {
            return TryFindRelative(decoding, index, jump.Op0Register, function, targets);
        }

        bool isTable = jump.MemoryBase == Register.None && jump.MemoryIndex != Register.None && jump.MemoryIndexScale == sizeof(ulong);
        return isTable && TryReadTable(decoding, function, jump.MemoryDisplacement64, relative: false, targets);
    }

    // lea table(%rip),%b ... movslq (%b,%i,4),%r; add %b,%r; jmp *%r
    private static bool TryFindRelative(
        FunctionDecoding decoding, int index, Register target, IFunctionCode function, List<ulong> targets)
    {
        Register tableBase = Register.None;
        for (int i = index - 1; i >= Math.Max(0, index - LookBack); i--)
        {
            Instruction insn = decoding.Instructions[i];
            bool isSum = insn.Mnemonic == Mnemonic.Add && insn.Op0Register == target && insn.Op1Kind == OpKind.Register;
            if (tableBase == Register.None && isSum)
            {
                tableBase = insn.Op1Register;
            }
            else if (tableBase != Register.None && IsEntryLoad(insn, target, tableBase, out Register from))
            {
                return TryFindBase(decoding, i, from, function, targets);
            }
        }

        return false;
    }

    private static bool IsEntryLoad(in Instruction insn, Register target, Register other, out Register tableBase)
    {
        tableBase = insn.MemoryBase;
        bool loads = insn.Mnemonic == Mnemonic.Movsxd && insn.Op1Kind == OpKind.Memory && insn.MemoryIndexScale == sizeof(int);
        return loads && ((insn.Op0Register == target && tableBase == other) || (insn.Op0Register == other && tableBase == target));
    }

    private static bool TryFindBase(
        FunctionDecoding decoding, int index, Register tableBase, IFunctionCode function, List<ulong> targets)
    {
        for (int i = index - 1; i >= 0; i--)
        {
            Instruction insn = decoding.Instructions[i];
            if (insn.Mnemonic == Mnemonic.Lea && insn.Op0Register == tableBase && insn.IsIPRelativeMemoryOperand
                && TryReadTable(decoding, function, insn.IPRelativeMemoryAddress, relative: true, targets))
            {
                return true;
            }
        }

        return false;
    }

    // The table's length stands in a comparison somewhere before; what follows the table leads to no instruction of this function, or does no harm.
    private static bool TryReadTable(
        FunctionDecoding decoding, IFunctionCode function, ulong table, bool relative, List<ulong> targets)
    {
        int size = relative ? sizeof(int) : sizeof(ulong);
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        entry = entry[..size];
        int count = 0;
        while (count < MaxEntries && function.TryRead(unchecked(table + (ulong)(count * size)), entry))
        {
            ulong target = relative
                ? unchecked(table + (ulong)BinaryPrimitives.ReadInt32LittleEndian(entry))
                : BinaryPrimitives.ReadUInt64LittleEndian(entry);
            if (!decoding.TryFind(target, out _))
            {
                break;
            }

            targets.Add(target);
            count++;
        }

        return count > 0;
    }
}
