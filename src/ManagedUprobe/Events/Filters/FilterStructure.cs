using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events.Filters;

/// <summary>What the kernel looks at before it parses a filter: parentheses, quotes, and whether there is anything at all.</summary>
internal static class FilterStructure
{
    /// <summary>Checks the structure.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public static void Check(string text, FilterErrors errors)
    {
        int depth = 0;
        int quoteAt = -1;
        bool isEmpty = true;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoteAt >= 0)
            {
                quoteAt = c == text[quoteAt] ? -1 : quoteAt;
                continue;
            }

            // Of an operator the second character is looked at again, as one that stands alone.
            bool isOperator = c is '&' or '|' && i + 1 < text.Length && text[i + 1] == c;
            isEmpty &= isOperator || c is '(' or ')' || KernelText.IsSpace(c);
            quoteAt = c is '"' or '\'' ? i : -1;
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth < 0)
            {
                throw errors.InStructure(Errno.EPERM, "Too few '('", i);
            }
        }

        if (quoteAt >= 0)
        {
            throw errors.InStructure(Errno.ESRCH, "Missing matching quote", quoteAt);
        }

        if (depth > 0)
        {
            throw errors.InStructure(Errno.ENOENT, "Too many '('", FindUnclosed(text));
        }

        if (isEmpty)
        {
            throw errors.Silent(Errno.EINVAL, "The filter is empty");
        }
    }

    /// <summary>The last parenthesis that nothing closes.</summary>
    private static int FindUnclosed(string text)
    {
        int closed = 0;
        char quote = '\0';
        for (int i = text.Length - 1; i > 0; i--)
        {
            char c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == ')')
            {
                closed++;
            }
            else if (c == '(' && closed-- == 0)
            {
                return i;
            }
        }

        return 0;
    }
}
