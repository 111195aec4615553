using System;

namespace ManagedUprobe.Events.Filters;

/// <summary>What a text is compared with, and how.</summary>
internal sealed class FilterPattern
{
    private readonly Shape _shape;
    private readonly byte[] _text;

    private FilterPattern(Shape shape, string text, bool negated)
    {
        _shape = shape;
        _text = KernelText.ToBytes(text);
        IsNegated = negated;
    }

    private enum Shape : byte
    {
        Whole,
        Front,
        Middle,
        End,
        Glob,
    }

    /// <summary>Whether an exclamation mark stood before the pattern: what does not match passes.</summary>
    public bool IsNegated { get; }

    /// <summary>A text that is compared as a whole.</summary>
    public static FilterPattern Exact(string text) => new(Shape.Whole, text, negated: false);

    /// <summary>A pattern with wildcards.</summary>
    public static FilterPattern Wildcards(string text)
    {
        bool negated = text.StartsWith('!');
        string pattern = negated ? text[1..] : text;

        // What starts with a digit is never a pattern for the kernel, which has lists that are addressed by number.
        if (pattern.Length > 0 && KernelText.IsDigit(pattern[0]))
        {
            return new FilterPattern(Shape.Whole, pattern, negated);
        }

        bool front = pattern.StartsWith('*');
        bool back = pattern.Length > 1 && pattern.EndsWith('*');
        string inner = pattern[(front ? 1 : 0)..(back ? pattern.Length - 1 : pattern.Length)];
        if (inner.AsSpan().ContainsAny("*?[\\"))
        {
            return new FilterPattern(Shape.Glob, pattern, negated);
        }

        Shape shape = (front, back) switch
        {
            (true, true) => Shape.Middle,
            (true, false) => Shape.End,
            (false, true) => Shape.Front,
            _ => Shape.Whole,
        };
        return new FilterPattern(shape, inner, negated);
    }

    /// <summary>Whether a text matches, <see cref="IsNegated"/> not considered.</summary>
    /// <param name="text">The text without its NUL.</param>
    /// <param name="room">Bytes of the buffer that holds the text: the kernel takes its end for the text's.</param>
    public bool IsMatch(ReadOnlySpan<byte> text, int room) => _shape switch
    {
        Shape.Whole => text.SequenceEqual(_text),
        Shape.Front => text.StartsWith(_text),
        Shape.Middle => text.IndexOf(_text) >= 0,
        Shape.End => room > 0 && (_text.Length == 0 || (text.Length == room - 1 && text.EndsWith(_text))),
        _ => GlobPattern.IsMatch(_text, text),
    };
}
