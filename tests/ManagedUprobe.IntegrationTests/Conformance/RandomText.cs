using System;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random choices and pieces of text. Everything follows from the seed.</summary>
internal sealed class RandomText(int seed)
{
    private const string MutationCharacters = " \t%$@+-()[]:=\\\"#/.,_0189xufpr*\n\r\xa0\xe9\xd7";

    private readonly Random _random = new(seed);

    public int Below(int limit) => _random.Next(limit);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Of<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    public string Letters(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => (char)('a' + _random.Next(26))));

    public ulong Bits(int most)
    {
        ulong value = unchecked((ulong)_random.NextInt64());
        int bits = _random.Next(most + 1);
        return bits == 64 ? value << 1 : value & ((1UL << bits) - 1);
    }

    /// <summary>A number that the kernel takes in one of its notations.</summary>
    public string Number(int bits = 16)
    {
        ulong value = Bits(bits);
        return _random.Next(6) switch
        {
            0 or 1 => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
            2 => string.Create(CultureInfo.InvariantCulture, $"0X{value:X}"),
            3 => "0" + Convert.ToString((long)(value & long.MaxValue), 8),
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A number, or something near one.</summary>
    public string NearNumber() => Chance(70)
        ? Number()
        : Of("", "x", "0x", "08", "-1", "+5", "++5", "-", "1_0", "0b1", "1.5", " 1", "0x1g", "18446744073709551615", "18446744073709551616",
            "0xffffffffffffffff", "0x10000000000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
            "00", "0x0", "4294967296", "4294967295", "-0", "01777777777777777777777", "02000000000000000000000", "99999999999999999999x");

    /// <summary>Takes out, puts in or changes one to three characters.</summary>
    public string Mutate(string text)
    {
        var result = new StringBuilder(text);
        for (int i = _random.Next(3); i >= 0 && result.Length > 0; i--)
        {
            int at = _random.Next(result.Length);
            char c = MutationCharacters[_random.Next(MutationCharacters.Length)];
            _ = _random.Next(3) switch
            {
                0 => result.Remove(at, 1),
                1 => result.Insert(at, c),
                _ => result.Replace(result[at], c, at, 1),
            };
        }

        return result.ToString();
    }
}
