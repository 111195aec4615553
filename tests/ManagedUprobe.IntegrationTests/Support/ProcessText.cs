using System;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>The text of another process, read through <c>/proc</c>.</summary>
internal static class ProcessText
{
    /// <summary>Where a file's offset is mapped executable in a process.</summary>
    public static ulong Vaddr(int pid, string file, ulong offset)
    {
        foreach (string line in File.ReadLines($"/proc/{pid}/maps"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 6 && fields[5] == file && fields[1][2] == 'x')
            {
                string[] range = fields[0].Split('-');
                ulong start = ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return start + offset - ulong.Parse(fields[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException($"{file} is not executable in {pid}");
    }

    public static byte ReadByte(int pid, ulong vaddr)
    {
        Span<byte> value = stackalloc byte[1];
        using FileStream memory = File.OpenRead($"/proc/{pid}/mem");
        memory.Position = (long)vaddr;
        memory.ReadExactly(value);
        return value[0];
    }
}
