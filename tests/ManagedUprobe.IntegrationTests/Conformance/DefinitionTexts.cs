using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random writes to an event file: definitions and deletions, right, nearly right, wrong; one or several a write.</summary>
internal sealed class DefinitionTexts(RandomText random, FuzzFiles files)
{
    private readonly FetchArgTexts _arguments = new(random);

    /// <summary>One write.</summary>
    /// <param name="listing">The lines that are listed now, for deletions that match.</param>
    public string Write(IReadOnlyList<string> listing)
    {
        if (random.Chance(80))
        {
            return Line(listing) + random.Of("", "\n", "\n", "\r\n");
        }

        if (random.Chance(3))
        {
            return Oversized(listing);
        }

        IEnumerable<string> lines = Enumerable.Range(0, 1 + random.Below(4)).Select(_ => random.Chance(15) ? Nothing() : Line(listing));
        return string.Join('\n', lines) + random.Of("", "\n", "\n\n");
    }

    private string Line(IReadOnlyList<string> listing)
    {
        string line = random.Below(20) switch
        {
            < 14 => Definition(),
            < 18 => Deletion(listing),
            18 => listing.Count > 0 ? random.Of([.. listing]) : Definition(),
            _ => Nothing(),
        };
        return random.Chance(8) ? line + random.Of(" # comment", "#", " #p", "\t", " ") : line;
    }

    private string Nothing() => random.Of("", " ", "\t\t", "# comment", "  # p:x /y:0x1", "#", "\r");

    private string Definition()
    {
        bool isReturn = random.Chance(30);
        string text = Lead() + Head(isReturn) + " " + Place() + _arguments.Arguments(isReturn);
        string mutated = random.Chance(12) ? random.Mutate(text) : text;

        // A mutation must not make a deletion of it, which might name events of others.
        return mutated.Split('\n').Any(line => line is ['-' or '!', ..]) ? text : mutated;
    }

    private string Lead() => random.Chance(95) ? "" : random.Of(" ", "\t", "  ");

    private string Head(bool isReturn)
    {
        string letter = random.Below(24) switch
        {
            0 => random.Of("q", "P", "pp", "R", "p10", "r10", "rx", "pfoo", "", "p-", "p/"),
            _ => isReturn ? "r" : "p",
        };
        return letter + Name();
    }

    private string Name() => random.Below(24) switch
    {
        < 3 => "",
        < 7 => ":" + Event(),
        < 17 => ":" + Group() + random.Of("/", "/", "/", ".") + Event(),
        17 => ":" + Group() + random.Of("/", "."),
        18 => random.Of(":", ":/", ":.", ":/" + Event(), ":." + Event(), "::" + Event(), ":" + Group() + "//" + Event()),
        19 => ":" + Group() + "/" + Event() + random.Of("/x", ".x", "-x", "+", ":", "\xe9", "\xd7", "1", "$"),
        20 => ":" + Group() + "." + Event() + random.Of("/x", ".x"),
        21 => ":" + random.Of("1", "-", "_", "\xf0", "\xf7", "9-", "$") + Group() + "/" + Event(),
        22 => ":" + files.Tag + new string('g', 50 + random.Below(10)) + "/" + Event(),
        _ => ":" + Group() + "/" + files.Tag + new string('e', 50 + random.Below(10)),
    };

    // Few names, so that they meet again.
    private string Group() => files.Tag + random.Of("", "", "g", "h-i");

    private string Event() => files.Tag + random.Of("", "a", "b", "c", "_d", "E9");

    private string Place()
    {
        string path = files.Random(random);
        string offset = random.Chance(88) ? random.Of("0x10", "0x10", "16", "020", "0x20", "32", random.Number(64)) : random.NearNumber();
        string place = path + random.Of(":", ":", ":", ":", ":", ":", ":", ":", ":", ":", ":", ":", "", "::", ":0x5:") + offset;
        return place + random.Below(20) switch
        {
            0 => "%return",
            1 => random.Of("%ret", "%", "%return%return", "%return+4", "%RETURN", "%returnx", "+4", "zz", "%return "),
            2 or 3 => "(" + random.Number() + ")",
            4 => "(" + random.NearNumber() + ")" + random.Of("", "x", "%return", ")"),
            5 => random.Of("(", "()", "(0x10", ")", "%return(0x10)", "%return(", "(0x10)(0x20)", "%ret(0x10)", "(0)"),
            _ => "",
        };
    }

    private string Deletion(IReadOnlyList<string> listing)
    {
        string mark = random.Of("-", "-", "-", "!", "!p", "!r", "-p", " -", "!xyz");
        if (listing.Count == 0 || random.Chance(30))
        {
            string name = random.Of(Event(), Group() + "/" + Event(), Group() + "/", Group() + "." + Event(), "/" + Event(), Group() + "/" + Event() + "/x", "");
            return mark + random.Of(":", ":", ":", ":", "", "::", ": ") + name + random.Of("", "", " " + Place(), " x");
        }

        string[] tokens = random.Of([.. listing]).Split(' ');
        string target = random.Of(tokens[0][2..], tokens[0][2..], tokens[0][(tokens[0].IndexOf('/', StringComparison.Ordinal) + 1)..]);
        string[] match = tokens[1..random.Of(1, 1, tokens.Length, 1 + random.Below(tokens.Length))];
        string text = string.Join(' ', [mark + ":" + target, .. match]);
        return match.Length > 0 && random.Chance(15) ? text + random.Of("x", " x", " a=%di", "0") : text;
    }

    private string Oversized(IReadOnlyList<string> listing)
    {
        string padding = new string(random.Of(' ', 'x', '#'), 4000 + random.Below(200));
        string line = Line(listing).Replace("\n", "", StringComparison.Ordinal);
        return random.Of(
            line + padding,
            line + padding + "\n" + Definition(),
            "#" + padding + "\n" + Definition(),
            string.Concat(Enumerable.Repeat("# " + new string('c', 900) + "\n", 6)) + Definition(),
            Definition() + "\0" + Definition(),
            "\0",
            Definition() + "\n\0\n" + Definition());
    }
}
