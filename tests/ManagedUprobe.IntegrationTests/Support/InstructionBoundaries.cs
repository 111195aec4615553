using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Where instructions begin, as objdump says it.</summary>
internal static partial class InstructionBoundaries
{
    /// <summary>File offsets of every instruction of the named functions, padding between them left out.</summary>
    public static IReadOnlyList<ulong> Of(string path, IReadOnlyCollection<string> functions)
    {
        return [.. Disassemble(path, functions).Select(instruction => instruction.Offset)];
    }

    /// <summary>File offset and text of every instruction of the named functions.</summary>
    public static IReadOnlyList<(ulong Offset, string Text)> Disassemble(string path, IReadOnlyCollection<string> functions)
    {
        var symbols = new ElfSymbols(path);
        (ulong Start, ulong End)[] ranges =
            [.. functions.Select(name => (symbols.VaddrOf(name), symbols.VaddrOf(name) + symbols.SizeOf(name)))];
        var found = new List<(ulong, string)>();
        foreach (string line in CommandRunner.Output("objdump", "-d", "--no-show-raw-insn", path).Split('\n'))
        {
            Match match = Instruction().Match(line);
            if (match.Success)
            {
                ulong vaddr = ulong.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                if (Array.Exists(ranges, range => vaddr >= range.Start && vaddr < range.End))
                {
                    found.Add((symbols.FileOffset(vaddr), match.Groups[2].Value.Trim()));
                }
            }
        }

        return found;
    }

    [GeneratedRegex(@"^ *([0-9a-f]+):\s+(.+)$")]
    private static partial Regex Instruction();
}
