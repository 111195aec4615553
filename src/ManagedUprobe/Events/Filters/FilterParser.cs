using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events.Filters;

/// <summary>Parses a filter whose parentheses and quotes are in order: predicates, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>, groups.</summary>
/// <param name="text">The filter.</param>
/// <param name="predicates">Parses the predicates.</param>
/// <param name="errors">Makes the errors.</param>
internal sealed class FilterParser(string text, PredicateParser predicates, FilterErrors errors)
{
    private readonly FilterCompiler _compiler = new();
    private int _at;

    /// <summary>The steps.</summary>
    /// <exception cref="UprobeException">The kernel's error.</exception>
    public FilterStep[] Parse()
    {
        bool inverted = false;
        while (_at < text.Length)
        {
            char c = text[_at];
            if (KernelText.IsSpace(c))
            {
                _at++;
            }
            else if (c == '(')
            {
                _compiler.Open(inverted);
                inverted = false;
                _at++;
            }
            else if (IsNot())
            {
                inverted = !inverted;
                _at++;
            }
            else
            {
                _compiler.Predicate(predicates.Parse(ref _at), inverted);
                inverted = false;
                ParseBehindOperand();
            }
        }

        if (_compiler.IsEmpty)
        {
            throw errors.InStructure(Errno.EINVAL, "No filter found", text.Length);
        }

        return _compiler.HasLooseEnd ? throw errors.Silent(Errno.EINVAL, "Nothing follows an && behind an ||") : _compiler.Finish();
    }

    /// <summary>An exclamation mark that is not the start of an operator.</summary>
    private bool IsNot() => text[_at] == '!' && (_at + 1 == text.Length || text[_at + 1] is not ('=' or '~'));

    /// <summary>Parses closing parentheses up to an operator or the end.</summary>
    private void ParseBehindOperand()
    {
        for (; _at < text.Length; _at++)
        {
            char c = text[_at];
            if (c is '&' or '|' && _at + 1 < text.Length && text[_at + 1] == c)
            {
                _at += 2;
                AddOperator(c);
                return;
            }

            if (c == ')')
            {
                _compiler.Close();
            }
            else if (!KernelText.IsSpace(c))
            {
                throw errors.InStructure(Errno.EPERM, "Too many terms in predicate expression", _at);
            }
        }
    }

    private void AddOperator(char c)
    {
        if (c == '&')
        {
            _compiler.And();
        }
        else
        {
            _compiler.Or();
        }
    }
}
