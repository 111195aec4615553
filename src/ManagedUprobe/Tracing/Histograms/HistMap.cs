using System;
using System.Collections.Generic;
using System.Threading;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>The entries of a histogram (tracing_map): sums by key, so many at most. Any thread.</summary>
/// <remarks>A hit on a known key allocates nothing; room for new keys is made in blocks.</remarks>
internal sealed class HistMap
{
    private const int BlockLength = 64;

    private readonly Lock _lock = new();
    private readonly int _size;
    private readonly int _keySize;
    private readonly int _sums;
    private readonly int[] _table;
    private readonly List<byte[]> _keys = [];
    private readonly List<ulong[]> _values = [];
    private int _count;
    private long _hits;
    private long _dropped;

    /// <summary>Creates an empty map.</summary>
    /// <param name="size">The most entries, a power of two.</param>
    /// <param name="keySize">Bytes of a key.</param>
    /// <param name="sums">Sums of an entry, the hit count included.</param>
    public HistMap(int size, int keySize, int sums)
    {
        _size = size;
        _keySize = keySize;
        _sums = sums;
        _table = new int[size * 2];
    }

    /// <summary>Adds a hit to the entry of its key.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<ulong> values)
    {
        lock (_lock)
        {
            int entry = FindOrAdd(key);
            if (entry < 0)
            {
                _dropped++;
                return;
            }

            _hits++;
            Span<ulong> sums = _values[entry / BlockLength].AsSpan(entry % BlockLength * _sums, _sums);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] = unchecked(sums[i] + values[i]);
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Array.Clear(_table);
            _values.ForEach(block => Array.Clear(block));
            (_count, _hits, _dropped) = (0, 0, 0);
        }
    }

    /// <summary>Copies everything out.</summary>
    public List<HistEntry> Read(out long hits, out long dropped)
    {
        lock (_lock)
        {
            var entries = new List<HistEntry>(_count);
            for (int i = 0; i < _count; i++)
            {
                ReadOnlySpan<ulong> sums = _values[i / BlockLength].AsSpan(i % BlockLength * _sums, _sums);
                entries.Add(new HistEntry(KeyOf(i).ToArray(), sums.ToArray()));
            }

            (hits, dropped) = (_hits, _dropped);
            return entries;
        }
    }

    private int FindOrAdd(ReadOnlySpan<byte> key)
    {
        for (int slot = Hash(key) & (_table.Length - 1); ; slot = (slot + 1) & (_table.Length - 1))
        {
            int entry = _table[slot] - 1;
            if (entry >= 0 && KeyOf(entry).SequenceEqual(key))
            {
                return entry;
            }

            if (entry < 0)
            {
                return _count == _size ? -1 : AddAt(slot, key);
            }
        }
    }

    private int AddAt(int slot, ReadOnlySpan<byte> key)
    {
        if (_count == _keys.Count * BlockLength)
        {
            _keys.Add(new byte[BlockLength * _keySize]);
            _values.Add(new ulong[BlockLength * _sums]);
        }

        _table[slot] = _count + 1;
        key.CopyTo(KeyOf(_count));
        return _count++;
    }

    private Span<byte> KeyOf(int entry) => _keys[entry / BlockLength].AsSpan(entry % BlockLength * _keySize, _keySize);

    private static int Hash(ReadOnlySpan<byte> key)
    {
        var hash = default(HashCode);
        hash.AddBytes(key);
        return hash.ToHashCode();
    }
}
