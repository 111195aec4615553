using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Where functions lie in a file, as binutils say it: independent of the library's own reader.</summary>
internal sealed class ElfSymbols
{
    private readonly List<(ulong Vaddr, ulong FileOffset, ulong Size)> _segments = [];
    private readonly Dictionary<string, (ulong Vaddr, ulong Size)> _symbols = new(StringComparer.Ordinal);

    public ElfSymbols(string path)
    {
        foreach (string line in CommandRunner.Output("readelf", "-W", "-l", "-s", path).Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["LOAD", ..])
            {
                _segments.Add((Hexadecimal(fields[2]), Hexadecimal(fields[1]), Hexadecimal(fields[4])));
            }
            else if (fields.Length >= 8 && fields[0].EndsWith(':') && fields[6] != "UND" && fields[3] is "FUNC" or "NOTYPE" or "IFUNC" or "OBJECT")
            {
                string name = fields[7].Split('@')[0];
                _symbols[name] = (Convert.ToUInt64(fields[1], 16), Size(fields[2]));
            }
        }
    }

    public IEnumerable<string> Names => _symbols.Keys;

    public static ulong OffsetOf(string path, string symbol)
    {
        return new ElfSymbols(path).OffsetOf(symbol);
    }

    public ulong OffsetOf(string symbol)
    {
        return FileOffset(_symbols[symbol].Vaddr);
    }

    public ulong SizeOf(string symbol)
    {
        return _symbols[symbol].Size;
    }

    public ulong VaddrOf(string symbol)
    {
        return _symbols[symbol].Vaddr;
    }

    public ulong FileOffset(ulong vaddr)
    {
        (ulong start, ulong offset, _) = _segments.First(segment => vaddr >= segment.Vaddr && vaddr < segment.Vaddr + segment.Size);
        return vaddr - start + offset;
    }

    private static ulong Hexadecimal(string text)
    {
        return Convert.ToUInt64(text, 16);
    }

    private static ulong Size(string text)
    {
        return text.StartsWith("0x", StringComparison.Ordinal) ? Hexadecimal(text) : ulong.Parse(text, CultureInfo.InvariantCulture);
    }
}
