using System.Globalization;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random arguments of definitions: right, nearly right, wrong.</summary>
internal sealed class FetchArgTexts(RandomText random)
{
    private static readonly string[] s_registers =
    [
        "r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "bx", "cx", "dx", "si", "di", "bp", "ax", "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];

    private static readonly string[] s_types =
    [
        "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "x8", "x16", "x32", "x64", "char", "string", "ustring", "symbol", "symstr",
    ];

    /// <summary>The arguments of a command, each behind a blank.</summary>
    public string Arguments(bool isReturn)
    {
        int count = random.Chance(2) ? 125 + random.Below(6) : random.Below(5);
        return count > 100
            ? string.Concat(Enumerable.Repeat(" " + random.Of("%di", "%di:u8", "+0(%sp):u64[4]", "+0(%sp):x64[20]"), count))
            : string.Concat(Enumerable.Range(0, count).Select(_ => Space() + Argument(isReturn)));
    }

    public string Argument(bool isReturn)
    {
        string text = Name() + Expression(isReturn, 0) + Type();
        return random.Chance(4) ? random.Mutate(text) : text;
    }

    private string Space() => random.Chance(93) ? " " : random.Of("  ", "\t", " \v", "\f", "\xa0", " \r ");

    private string Name() => random.Below(20) switch
    {
        < 11 => "",
        < 16 => random.Letters(1 + random.Below(3)) + "=",
        16 => random.Of("arg1", "arg2", "a", "comm", "common_pid", "common_tgid", "common_cpu", "__probe_ip", "__probe_func", "__probe_ret_ip", "common_type") + "=",
        17 => new string('n', 30 + random.Below(5)) + "=",
        18 => random.Of("=", "1a=", "a-b=", "a.b=", "_=", "A9=", "\xe9=", "\xd7=", "a==", "a b=", "%di="),
        _ => random.Letters(2) + "=",
    };

    private string Expression(bool isReturn, int depth) => random.Below(24) switch
    {
        < 7 => "%" + random.Of(s_registers),
        < 13 => Dereference(isReturn, depth),
        13 => "$stack" + random.Of("", "0", "1", "5", "07", "99999", "4294967296", "x", "-1", "0x1", "18446744073709551615", "18446744073709551616", "1 "),
        14 => random.Of("$comm", "$COMM", "$Comm", "$comm1", "$co"),
        15 => random.Of("$retval", "$retvalx", "$retva", "$return", "$ret"),
        16 => isReturn ? "$retval" : "$stack",
        17 => "$arg" + random.Of("1", "2", "0", "2048", "2049", "x", "", "*", "-1", "01", "0x1", "99999999999999999999"),
        18 => "@" + random.Of(random.Number(47), "+" + random.NearNumber(), "+-" + random.Number(), "++" + random.Number(), random.NearNumber(), "sym", "", "-16"),
        19 => "\\" + random.Of(random.Number(64), "-" + random.Number(), "+" + random.Number(), random.NearNumber(), "-" + random.NearNumber()),
        20 => "\\\"" + random.Of("abc\"", "\"", "", "a\"b\"", "a:b\"", "abc", "x\"y"),
        21 => "%" + random.Of("rax", "eax", "al", "DI", "", "xx", "r16", "r8d", "ds", "gs", "dii", "0", "%di"),
        22 => random.Of("foo", "_x", "(", "(di)", "1", "0x10", "\"abc\"", "&1", "=%di", "*", "?", "$", "$$", "\xe9", "", "[0]", ")", "di)", "u0(%di)"),
        _ => random.Number(64),
    };

    private string Dereference(bool isReturn, int depth)
    {
        int more = random.Chance(3) ? 9 + random.Below(6) : 0;
        string sign = random.Of("+", "+", "+", "-", "+u", "-u", "+", "+-", "++", "--", "-+");
        string number = more > 0 ? "0" : random.Chance(80) ? random.Number(random.Of(4, 12, 31, 33, 63)) : random.NearNumber();
        string inner = depth < 6 ? Expression(isReturn, depth + 1) : "%" + random.Of(s_registers);
        string text = sign + number + "(" + inner + ")";
        for (; more > 0; more--)
        {
            text = "+0(" + text + ")";
        }

        return random.Below(30) switch
        {
            0 => text[..^1],
            1 => text + random.Of("junk", ")", "(", "[2]", "+10"),
            2 => sign + number + inner,
            _ => text,
        };
    }

    private string Type() => random.Below(20) switch
    {
        < 8 => "",
        < 15 => ":" + random.Of(s_types) + Array(),
        < 18 => ":b" + Bits() + Array(),
        18 => ":" + random.Of("", "u", "u7", "u128", "U8", "s", "x1", "int", "str", "string ", "chars", "u8:u8", "[4]", "b", "bool", "u8x"),
        _ => Array(),
    };

    private string Bits()
    {
        string width = random.Chance(85) ? (1 + random.Below(20)).ToString(CultureInfo.InvariantCulture) : random.NearNumber();
        string offset = random.Chance(85) ? random.Below(20).ToString(CultureInfo.InvariantCulture) : random.NearNumber();
        string container = random.Chance(85) ? random.Of("8", "16", "32", "64") : random.Of("7", "128", "0x10", "010", "", "8x", "0x40", "064", "+8");
        return width + random.Of("@", "@", "@", "@", "@", "x", "") + offset + random.Of("/", "/", "/", "/", "/", "", ":") + container;
    }

    private string Array() => random.Below(12) switch
    {
        < 8 => "",
        < 11 => "[" + (1 + random.Below(70)).ToString(CultureInfo.InvariantCulture) + "]",
        _ => random.Of("[]", "[0]", "[64]", "[65]", "[x]", "[4", "4]", "[4]x", "[4][4]", "[-1]", "[0x10]", "[4294967296]", "[99999999999999999999]", "[ 4]", "[010]"),
    };
}
