using System;
using System.Text;

namespace ManagedUprobe.Tests.Architecture;

/// <summary>Just enough of C#'s lexical rules to tell code from comments and literals.</summary>
internal sealed class CSharpText
{
    private readonly string _text;
    private readonly StringBuilder _code = new();
    private int _at;

    private CSharpText(string text) => _text = text;

    /// <summary>The text with comments and the contents of literals blanked; lines stay where they are.</summary>
    public static string CodeOf(string text)
    {
        var scan = new CSharpText(text);
        while (scan._at < text.Length)
        {
            scan.Element();
        }

        return scan._code.ToString();
    }

    private void Element()
    {
        if (Here("//"))
        {
            BlankUntil("\n", inclusive: false);
        }
        else if (Here("/*"))
        {
            BlankUntil("*/", inclusive: true);
        }
        else if (LiteralPrefix(out int quotes, out bool interpolated, out bool verbatim))
        {
            Literal(quotes, interpolated, verbatim);
        }
        else if (Here("'"))
        {
            Character();
        }
        else
        {
            Keep();
        }
    }

    private bool Here(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private void Keep() => _code.Append(_text[_at++]);

    private void Blank()
    {
        char c = _text[_at++];
        _code.Append(c == '\n' ? c : ' ');
    }

    private void BlankUntil(string end, bool inclusive)
    {
        while (_at < _text.Length && !Here(end))
        {
            Blank();
        }

        for (int i = 0; inclusive && i < end.Length && _at < _text.Length; i++)
        {
            Blank();
        }
    }

    private bool LiteralPrefix(out int quotes, out bool interpolated, out bool verbatim)
    {
        int at = _at;
        while (at < _text.Length && _text[at] is '$' or '@')
        {
            at++;
        }

        ReadOnlySpan<char> prefix = _text.AsSpan(_at, at - _at);
        interpolated = prefix.Contains('$');
        verbatim = prefix.Contains('@');
        int quote = at;
        while (at < _text.Length && _text[at] == '"')
        {
            at++;
        }

        quotes = at - quote;
        return quotes > 0;
    }

    private void Literal(int quotes, bool interpolated, bool verbatim)
    {
        while (_text[_at] != '"')
        {
            Blank();
        }

        // Two quotes are an empty string, three or more open a raw one that as many close.
        int opening = quotes >= 3 ? quotes : 1;
        string end = new('"', opening);
        for (int i = 0; i < opening; i++)
        {
            Blank();
        }

        while (_at < _text.Length && (!Here(end) || (verbatim && Here("\"\""))))
        {
            LiteralElement(opening, interpolated, verbatim);
        }

        for (int i = 0; i < opening && _at < _text.Length; i++)
        {
            Blank();
        }
    }

    private void LiteralElement(int opening, bool interpolated, bool verbatim)
    {
        bool pair = (verbatim && Here("\"\"")) || (!verbatim && opening == 1 && Here("\\")) || (interpolated && Here("{{"));
        if (pair)
        {
            Blank();
            Blank();
        }
        else if (interpolated && Here("{"))
        {
            Hole();
        }
        else
        {
            Blank();
        }
    }

    // The code of an interpolation stays, its braces do not: they are no blocks.
    private void Hole()
    {
        Blank();
        for (int depth = 1; _at < _text.Length && depth > 0;)
        {
            depth += Here("{") ? 1 : Here("}") ? -1 : 0;
            if (Here("{") || Here("}"))
            {
                Blank();
            }
            else
            {
                Element();
            }
        }
    }

    private void Character()
    {
        Blank();
        while (_at < _text.Length && !Here("'"))
        {
            if (Here("\\"))
            {
                Blank();
            }

            Blank();
        }

        Blank();
    }
}
