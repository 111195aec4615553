using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Instructions of distinct forms from the libraries of this machine.</summary>
internal static class LibraryInsns
{
    private static readonly string[] s_libraries = ["libc.so.6", "libm.so.6", "libcrypto.so.3", "libstdc++.so.6"];

    private static readonly HashSet<Mnemonic> s_differentEachTime =
        [Mnemonic.Rdtsc, Mnemonic.Rdtscp, Mnemonic.Rdrand, Mnemonic.Rdseed, Mnemonic.Rdpmc];

    /// <summary>The first instruction of each form: opcode, kind of operands, roles of rsp and rip, prefixes.</summary>
    public static List<byte[]> Distinct()
    {
        var seen = new HashSet<(Code Code, ulong Details)>();
        var found = new List<byte[]>();
        foreach (string name in s_libraries)
        {
            string path = Path.Combine("/usr/lib/x86_64-linux-gnu", name);
            if (File.Exists(path))
            {
                Collect(File.ReadAllBytes(path), seen, found);
            }
        }

        return found;
    }

    private static void Collect(byte[] file, HashSet<(Code Code, ulong Details)> seen, List<byte[]> found)
    {
        foreach ((int start, int length) in ExecutableSegments(file))
        {
            var decoder = Decoder.Create(64, new ByteArrayCodeReader(file, start, length));
            while (decoder.IP + 16 < (ulong)length)
            {
                int at = start + (int)decoder.IP;
                decoder.Decode(out Instruction instruction);
                bool counts = !instruction.IsInvalid && !s_differentEachTime.Contains(instruction.Mnemonic);
                if (counts && seen.Add(Form(instruction, file.AsSpan(at, instruction.Length))))
                {
                    found.Add(file.AsSpan(at, instruction.Length).ToArray());
                }
            }
        }
    }

    private static (Code Code, ulong Details) Form(Instruction instruction, ReadOnlySpan<byte> bytes)
    {
        ulong details = 0;
        for (int i = 0; i < instruction.OpCount; i++)
        {
            details = (details << 5) | (uint)instruction.GetOpKind(i);
        }

        Register stackOrRip = instruction.MemoryBase is Register.RSP or Register.RIP ? instruction.MemoryBase : Register.None;
        details = (details << 8) | (uint)stackOrRip;
        details = (details << 8) | (uint)instruction.MemorySegment;
        details = (details << 8) | (bytes[0] is 0x66 or 0x67 or 0x64 or 0xf2 or 0xf3 ? bytes[0] : 0u);
        bool[] flags =
        [
            instruction.MemoryIndex != Register.None, instruction.Op0Register == Register.RSP, instruction.OpMask != Register.None,
        ];
        foreach (bool flag in flags)
        {
            details = (details << 1) | (flag ? 1u : 0u);
        }

        return (instruction.Code, details);
    }

    private static IEnumerable<(int Start, int Length)> ExecutableSegments(byte[] file)
    {
        int at = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(32));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(56));
        for (int i = 0; i < count; i++, at += size)
        {
            bool load = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)) == 1;
            bool executable = (BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4)) & 1) != 0;
            if (load && executable)
            {
                yield return (
                    (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at + 8)),
                    (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at + 32)));
            }
        }
    }
}
