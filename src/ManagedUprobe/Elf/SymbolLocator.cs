using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary><c>NAME</c>, <c>NAME+0x4</c>, <c>NAME+4</c> in a file: symbol + offset → file offset through the segments.</summary>
internal static class SymbolLocator
{
    /// <summary>The places that <paramref name="text"/> means, at least one.</summary>
    /// <exception cref="UprobeException">ENOENT: no such symbol. EINVAL: the offset lies outside the function.</exception>
    public static IReadOnlyList<SymbolLocation> Locate(ElfFile file, string text)
    {
        // A whole name goes first: a '+' may be part of it.
        IReadOnlyList<ElfSymbol> symbols = FindSymbols(file, text);
        ulong offset = 0;
        string name = text;
        if (symbols.Count == 0 && TrySplit(text, out name, out offset))
        {
            symbols = FindSymbols(file, name);
        }

        if (symbols.Count == 0)
        {
            throw new UprobeException(Errno.ENOENT, SymbolSuggestions.Complain(file, name));
        }

        var locations = new List<SymbolLocation>(symbols.Count);
        foreach (ElfSymbol symbol in symbols)
        {
            CheckInside(file, symbol, offset);
            locations.Add(new SymbolLocation(symbol, offset));
        }

        return locations;
    }

    private static IReadOnlyList<ElfSymbol> FindSymbols(ElfFile file, string name)
    {
        IReadOnlyList<ElfSymbol> functions = file.FindFunctions(name);
        return functions.Count != 0 ? functions : file.FindLabels(name);
    }

    private static bool TrySplit(string text, out string name, out ulong offset)
    {
        int plus = text.LastIndexOf('+');
        offset = 0;
        bool split = plus > 0 && TryParseNumber(text.AsSpan(plus + 1), out offset);
        name = split ? text[..plus] : text;
        return split;
    }

    // As the kernel reads numbers: 0x hexadecimal, 0 octal, else decimal.
    private static bool TryParseNumber(ReadOnlySpan<char> digits, out ulong number)
    {
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }

        return digits is ['0', _, ..]
            ? TryParseOctal(digits, out number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryParseOctal(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || number > ulong.MaxValue >> 3)
            {
                return false;
            }

            number = (number << 3) | (uint)(digit - '0');
        }

        return true;
    }

    private static void CheckInside(ElfFile file, ElfSymbol symbol, ulong offset)
    {
        if (symbol.Size != 0 && offset >= symbol.Size)
        {
            throw new UprobeException(
                Errno.EINVAL,
                $"{file.Name}: 0x{offset:x} is outside of '{symbol.FullName}', which has 0x{symbol.Size:x} bytes");
        }

        bool mapped = offset <= ulong.MaxValue - symbol.Vaddr && file.TryVaddrToOffset(symbol.Vaddr + offset, out ulong target)
            && target == symbol.Offset + offset;
        if (!mapped)
        {
            throw new UprobeException(
                Errno.EINVAL,
                $"{file.Name}: '{symbol.FullName}+0x{offset:x}' is outside of the segment of '{symbol.FullName}'");
        }
    }
}
