using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.ProcFs;

/// <summary>Parser of /proc/PID/maps. Lines that are not of the kernel's form are passed over.</summary>
internal static class MapsParser
{
    /// <summary>Appends the mappings of a whole file's text, in address order.</summary>
    public static void Parse(ReadOnlySpan<byte> text, List<VmArea> areas)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (TryParseLine(line, out VmArea area))
            {
                areas.Add(area);
            }
        }
    }

    /// <summary>Parses one line, without its newline.</summary>
    public static bool TryParseLine(ReadOnlySpan<byte> line, out VmArea area)
    {
        // 55d0c0a00000-55d0c0b00000 r-xp 00002000 fe:00 1234      /usr/bin/x
        area = default;
        if (!TryTakeHex(ref line, '-', out ulong start)
            || !TryTakeHex(ref line, ' ', out ulong end)
            || !TryTakeProtection(ref line, out VmProtection protection)
            || !TryTakeHex(ref line, ' ', out ulong offset)
            || !TryTakeHex(ref line, ':', out ulong major)
            || !TryTakeHex(ref line, ' ', out ulong minor)
            || !TryTakeInode(ref line, out ulong inode)
            || end < start)
        {
            return false;
        }

        var file = new FileIdentity(FileIdentity.MakeDevice((uint)major, (uint)minor), inode);
        area = new VmArea(start, end, protection, offset, file, Encoding.UTF8.GetString(line.TrimStart((byte)' ')));
        return true;
    }

    private static bool TryTakeHex(ref ReadOnlySpan<byte> line, char terminator, out ulong value)
    {
        value = 0;
        int length = line.IndexOf((byte)terminator);
        if (length <= 0
            || !ulong.TryParse(line[..length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        line = line[(length + 1)..];
        return true;
    }

    private static bool TryTakeProtection(ref ReadOnlySpan<byte> line, out VmProtection protection)
    {
        protection = VmProtection.None;
        if (line.Length < 5 || line[4] != ' ')
        {
            return false;
        }

        protection = (line[0] == 'r' ? VmProtection.Read : 0)
            | (line[1] == 'w' ? VmProtection.Write : 0)
            | (line[2] == 'x' ? VmProtection.Execute : 0)
            | (line[3] == 's' ? VmProtection.Shared : 0);
        line = line[5..];
        return true;
    }

    private static bool TryTakeInode(ref ReadOnlySpan<byte> line, out ulong inode)
    {
        int length = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> digits = length < 0 ? line : line[..length];
        line = length < 0 ? default : line[length..];
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out inode);
    }
}
