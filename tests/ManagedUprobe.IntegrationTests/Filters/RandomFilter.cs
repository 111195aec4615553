using System.Linq;
using ManagedUprobe.IntegrationTests.Conformance;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary>Filters at random: right ones mostly, and some that are nearly right.</summary>
/// <param name="random">The choices.</param>
internal sealed class RandomFilter(RandomText random)
{
    // Not common_flags: where the kernel is about to reschedule, they tell.
    private static readonly string[] s_numbers =
    [
        "i", "u8", "s8", "u16", "s16", "s32", "u64", "s64", "x", "ch", "a2", "a3", "a4", "bf", "common_preempt_count", "common_pid",
        "common_type", "CPU", "cpu", "common_cpu", "stacktrace",
    ];

    private static readonly string[] s_texts = ["s", "t", "sa", "cm", "comm", "COMM", "s.ustring", "t.ustring"];

    private static readonly string[] s_edges =
    [
        "0", "1", "127", "128", "200", "255", "256", "-1", "-128", "-300", "32767", "65535", "0x7fffffff", "4294967295", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551615", "0377", "0xffffff00000000ff",
    ];

    private static readonly string[] s_pieces =
        ["a", "b", "c", "*", "?", "[a-c]", "[!b]", "[]a]", "[", "]", "-", "\\*", "\\", "!", "1", "2", " ", "X", "hello", "world", "\xe9", "fifteen", "letters"];

    /// <summary>The next filter. It is not empty (nothing would be written), and never ends in a way that the kernel warns of.</summary>
    public string Next()
    {
        string filter;
        do
        {
            filter = Expression(depth: 0);
            filter = random.Chance(20) ? Break(filter) : filter;
        }
        while (filter.Length == 0 || EndsLoosely(filter));
        return filter;
    }

    /// <summary>An operator at the end that nothing follows: behind an <c>||</c> it makes the kernel read outside of its program.</summary>
    private static bool EndsLoosely(string filter)
    {
        string end = filter.TrimEnd(' ', '\t', '\n', '\v', '\f', '\r', '\u00a0', '!', '(');
        return end.Length > 0 && end[^1] is '&' or '|' && filter.Contains("||", System.StringComparison.Ordinal);
    }

    private string Expression(int depth)
    {
        string text = Operand(depth);
        for (int i = random.Below(depth == 0 ? 4 : 3); i > 0; i--)
        {
            text += Blank() + random.Of("&&", "||") + Blank() + Operand(depth);
        }

        return text;
    }

    private string Operand(int depth) =>
        (random.Chance(15) ? random.Of("!", "! ", "!!") : "")
        + (depth < 5 && random.Chance(25) ? "(" + Blank() + Expression(depth + 1) + Blank() + ")" : Predicate());

    private string Predicate() => random.Below(10) switch
    {
        < 5 => random.Of(s_numbers) + Blank() + Comparison() + Blank() + Value(),
        < 9 => random.Of(s_texts) + Blank() + random.Of("==", "!=", "~", "~", "~") + Blank() + Text(),
        _ => random.Of(s_numbers) + " " + random.Of("&", "==", "!=") + " CPUS{" + CpuList() + "}",
    };

    private string Comparison() => random.Of("==", "!=", "<", "<=", ">", ">=", "&");

    private string Value() => random.Chance(60) ? random.Of(s_edges) : random.Chance(90) ? random.Number(random.Of(8, 16, 32, 64)) : random.NearNumber();

    private string Text()
    {
        string quote = random.Of("\"", "\"", "'");
        return quote + string.Concat(Enumerable.Range(0, random.Below(5)).Select(_ => random.Of(s_pieces))) + quote;
    }

    private string CpuList() => random.Of("0", "1", "0-1", "0,1", "all", "N", "0-N", "1-N", "all:1/2", "0-1:2/2", ",", " 0 ", "0:1/1", "", "99", "x", "1-0", "0-1:3/2", "All");

    private string Blank() => random.Of("", " ", " ", " ", "  ", "\t");

    private string Break(string filter) => random.Below(8) switch
    {
        0 => filter + random.Of(")", "(", "\"", " &", " x", " == 1", "!", " && "),
        1 => random.Of(")", "(", "&&", "||", "==", "'", "1", "0", "!") + filter,
        2 => filter.Replace("==", random.Of("=", "===", "<>", "!~", "!", "=>"), System.StringComparison.Ordinal),
        3 => filter.Replace("u8", random.Of("u9", "u8.function", "x.function", "u8.", "u 8", "u8.ustring"), System.StringComparison.Ordinal),
        4 => filter.Replace('"', random.Of('\'', ' ', 'a')),
        5 => new string('(', random.Below(9)) + filter + new string(')', random.Below(9)),
        6 => filter.Length > 2 ? filter[..random.Below(filter.Length)] : "",
        _ => random.Mutate(filter),
    };
}
