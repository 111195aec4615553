using System;

namespace ManagedUprobe.Events.Filters;

/// <summary>A list of CPUs as the kernel reads it: <c>0-3,5</c>, <c>0-15:2/4</c>, <c>all</c>, <c>N</c> for the last.</summary>
internal sealed class CpuSet
{
    private readonly ulong[] _bits;

    private CpuSet(ulong[] bits, int count, int first) => (_bits, Count, First) = (bits, count, first);

    /// <summary>How many CPUs it holds.</summary>
    public int Count { get; }

    /// <summary>The lowest of them; 0 when there is none.</summary>
    public int First { get; }

    /// <summary>Whether it holds a CPU.</summary>
    public bool Contains(ulong cpu) =>
        cpu < (ulong)_bits.Length * 64 && ((_bits[cpu / 64] >> (int)(cpu % 64)) & 1) != 0;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list, not terminated.</param>
    /// <param name="possible">CPUs that the machine can have.</param>
    /// <returns>Null when it is none.</returns>
    public static CpuSet? Parse(ReadOnlySpan<char> text, int possible)
    {
        ulong[] bits = new ulong[(possible + 63) / 64];
        var reader = new Reader(text, possible);
        while (reader.MoveToRegion())
        {
            if (!reader.TryReadRegion(out Region region))
            {
                return null;
            }

            region.AddTo(bits);
        }

        int count = 0;
        int first = 0;
        for (int cpu = possible - 1; cpu >= 0; cpu--)
        {
            bool isIn = ((bits[cpu / 64] >> (cpu % 64)) & 1) != 0;
            count += isIn ? 1 : 0;
            first = isIn ? cpu : first;
        }

        return new CpuSet(bits, count, first);
    }

    /// <summary>From <paramref name="Start"/> to <paramref name="End"/>, of each <paramref name="Group"/> the first <paramref name="Used"/>.</summary>
    private readonly record struct Region(uint Start, uint End, uint Used, uint Group)
    {
        public bool IsValid(int possible) => Start <= End && Group != 0 && Used <= Group && End < possible;

        public void AddTo(ulong[] bits)
        {
            for (ulong cpu = Start; cpu <= End; cpu++)
            {
                if ((cpu - Start) % Group < Used)
                {
                    bits[cpu / 64] |= 1UL << (int)(cpu % 64);
                }
            }
        }
    }

    private ref struct Reader(ReadOnlySpan<char> text, int possible)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _at;

        private readonly char Current => _at < _text.Length ? _text[_at] : '\0';

        private readonly bool IsAtEnd => Current is '\0' or '\n';

        private readonly bool IsBehindRegion => IsAtEnd || IsSeparator(Current);

        /// <summary>Passes what separates regions.</summary>
        /// <returns>False at the end.</returns>
        public bool MoveToRegion()
        {
            while (IsSeparator(Current))
            {
                _at++;
            }

            return !IsAtEnd;
        }

        public bool TryReadRegion(out Region region)
        {
            uint start = 0;
            uint end = (uint)possible - 1;
            region = default;
            bool all = _text[_at..].StartsWith("all", StringComparison.OrdinalIgnoreCase);
            if (all)
            {
                _at += "all".Length;
            }
            else if (!TryReadNumber(out start))
            {
                return false;
            }
            else if (IsBehindRegion)
            {
                end = start;
            }
            else if (!Skip('-') || !TryReadNumber(out end))
            {
                return false;
            }

            return TryReadPattern(start, end, out region) && region.IsValid(possible);
        }

        private bool TryReadPattern(uint start, uint end, out Region region)
        {
            region = new Region(start, end, unchecked(end + 1), unchecked(end + 1));
            if (IsBehindRegion)
            {
                // A newline here is the end of the list; before a region it is white space.
                _at = IsAtEnd ? _text.Length : _at;
                return true;
            }

            if (!Skip(':') || !TryReadNumber(out uint used) || !Skip('/') || !TryReadNumber(out uint group))
            {
                return false;
            }

            region = new Region(start, end, used, group);
            return true;
        }

        private bool Skip(char c)
        {
            bool isThere = Current == c;
            _at += isThere ? 1 : 0;
            return isThere;
        }

        private bool TryReadNumber(out uint number)
        {
            number = (uint)possible - 1;
            if (Skip('N'))
            {
                return true;
            }

            int start = _at;
            ulong sum = 0;
            while (KernelText.IsDigit(Current) && sum <= uint.MaxValue)
            {
                sum = (sum * 10) + (uint)(Current - '0');
                _at++;
            }

            number = unchecked((uint)sum);
            return _at > start && sum <= uint.MaxValue;
        }

        private static bool IsSeparator(char c) => KernelText.IsSpace(c) || c == ',';
    }
}
