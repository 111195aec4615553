using System;
using System.Collections.Generic;

namespace ManagedUprobe.Events;

/// <summary>One line of the event language, split at white space (no quoting, no escaping).</summary>
internal sealed class CommandTokens
{
    private readonly List<string> _tokens = [];

    private CommandTokens()
    {
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _tokens.Count;

    /// <summary>A token, from 0.</summary>
    public string this[int index] => _tokens[index];

    /// <summary>The command as the kernel logs it: tokens joined by single blanks.</summary>
    public string Joined => string.Join(' ', _tokens);

    /// <summary>Splits a line from which the comment has been removed.</summary>
    public static CommandTokens Split(string line)
    {
        var tokens = new CommandTokens();
        int at = 0;
        while (at < line.Length)
        {
            int start = at;
            while (at < line.Length && !KernelText.IsSpace(line[at]))
            {
                at++;
            }

            if (at > start)
            {
                tokens._tokens.Add(line[start..at]);
            }

            at++;
        }

        return tokens;
    }

    /// <summary>The line without its comment: everything from the first # on.</summary>
    public static string WithoutComment(string line)
    {
        int hash = line.IndexOf('#', StringComparison.Ordinal);
        return hash < 0 ? line : line[..hash];
    }

    /// <summary>Column in <see cref="Joined"/> of a place in a token; past the last token, one behind the end.</summary>
    public int Column(int token, int offset)
    {
        int column = 0;
        for (int i = 0; i < Math.Min(token, Count); i++)
        {
            column += _tokens[i].Length + 1;
        }

        return token < Count ? column + offset : column;
    }
}
