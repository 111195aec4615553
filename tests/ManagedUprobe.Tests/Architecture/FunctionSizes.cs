using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace ManagedUprobe.Tests.Architecture;

/// <summary>Finds functions with a body of braces and how many lines they take, signature included.</summary>
internal static partial class FunctionSizes
{
    public static IEnumerable<(string Name, int Line, int Lines)> Of(string text)
    {
        string code = CSharpText.CodeOf(text);
        var open = new Stack<(string? Name, int Line)>();
        int line = 1;
        int head = 0;
        int depth = 0;
        for (int i = 0; i < code.Length; i++)
        {
            char c = code[i];
            line += c == '\n' ? 1 : 0;
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == '{')
            {
                (string? name, int lines) = Signature(code[head..i]);
                open.Push((name, line - lines));
            }
            else if (c == '}' && open.TryPop(out (string? Name, int Line) function) && function.Name is not null)
            {
                yield return (function.Name, function.Line, line - function.Line + 1);
            }

            if (c is '{' or '}' || (c == ';' && depth == 0))
            {
                head = i + 1;
            }
        }
    }

    // What stands before a brace: a function's ends with its parameters, a base call or constraints, and is no statement.
    private static (string? Name, int Lines) Signature(string head)
    {
        string text = head.Trim();
        Match match = Declaration().Match(text);
        if (!match.Success || NotAFunction().IsMatch(Constraints().Replace(text, "")))
        {
            return (null, 0);
        }

        return (match.Groups["name"].Value, head.TrimStart().Split('\n').Length - 1);
    }

    [GeneratedRegex(@"(?<name>\w+)\s*(<[\w\s,]+>)?\s*\([^{}]*\)\s*(where\s[^()]*(\(\))?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\bwhere\s.*$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Constraints();

    [GeneratedRegex(
        @"^(else\s+)?(if|for|foreach|while|switch|using|lock|fixed|catch|do|return|await|case|checked|unchecked)\b|=>|(^|[^=!<>])=[^=>].*\(|"
        + @"\b(class|struct|record|interface|enum|new|when)\b",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex NotAFunction();
}
