using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Tests.Support;
using ManagedUprobe.Tracing;
using ManagedUprobe.Tracing.Triggers;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>The hits of the fixture <c>filterhits</c>, without the program: the same records in a fake memory.</summary>
internal sealed class HistRecords
{
    /// <summary>Arguments of an event on <c>hit()</c>.</summary>
    public const string Arguments =
        "i=+0(%di):u32 u8=+4(%di):u8 s8=+5(%di):s8 s16=+8(%di):s16 u64=+16(%di):u64 s64=+24(%di):s64 s=+0(+32(%di)):string cm=$comm "
        + "a2=+48(%di):u8[2] arr=+48(%di):u8[4] lo=+4(%di):b3@0/8 p=%di ch=+48(%di):char sa=+32(%di):string[2]";

    private const ulong Vaddr = 0x10000;
    private const ulong TextVaddr = 0x20000;
    private const int RecordSize = 56;
    private const string Comm = "fifteen-letters";

    private static readonly string[] s_texts =
    [
        "", "a", "ab", "abc", "abcabc", "*", "a*c", "a?c", "[a]", "!a", "1a", "12", "a\\c", "]", "-", "hello world", "hello", "world", "\xe9t\xe9",
        "a-c", "b", "aaaaaaaaaaaaaaab", " ", "aXbXc",
    ];

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 127, 128, 200, 255, 256, 32767, 32768, 65535, 2147483647, 2147483648, 4294967295, 0x7fffffffffffffff, 0x8000000000000000,
        0xffffffffffffffff, 0x0102030405060708,
    ];

    private readonly Hit _hit = new($"p:g/h /x:1 {Arguments}") { Comm = Comm };

    public HistRecords()
    {
        foreach ((int i, string text) in s_texts.Index())
        {
            _hit.Memory.Map(TextVaddr + ((ulong)i * 64), text);
        }

        ulong state = 42;
        for (int i = 0; i < s_texts.Length; i++)
        {
            _hit.Memory.Map(Vaddr + (ulong)(i * RecordSize), Record(i, Values(ref state)));
        }
    }

    /// <summary>Fires the triggers of an event once for each record.</summary>
    public void FireAll(TraceEventFile file)
    {
        for (int i = 0; i < s_texts.Length; i++)
        {
            _hit.Regs.rdi = Vaddr + (ulong)(i * RecordSize);
            var record = new TraceRecord(_hit.Record());
            var input = new FilterInput(record.Body, cpu: 0, Encoding.ASCII.GetBytes(Comm));
            _ = file.Triggers.List.Fire(new TriggerHit(input, time: 1_000_000 + i));
        }
    }

    private static ulong[] Values(ref ulong state)
    {
        ulong[] values = new ulong[7];
        for (int k = 0; k < values.Length; k++)
        {
            state = unchecked((state * 6364136223846793005) + 1442695040888963407);
            values[k] = state >> 63 != 0 ? s_edges[(state >> 33) % (ulong)s_edges.Length] : state >> 7 >> (int)((state >> 40) % 56);
        }

        return values;
    }

    private static byte[] Record(int index, ulong[] values)
    {
        var bytes = new List<byte>();
        unchecked
        {
            bytes.AddRange(BitConverter.GetBytes(index));
            bytes.AddRange([(byte)values[0], (byte)values[1]]);
            bytes.AddRange(BitConverter.GetBytes((ushort)values[2]));
            bytes.AddRange(BitConverter.GetBytes((int)(ushort)values[3]));
            bytes.AddRange(BitConverter.GetBytes((int)values[4]));
        }

        bytes.AddRange(BitConverter.GetBytes(values[5]));
        bytes.AddRange(BitConverter.GetBytes(values[6]));
        bytes.AddRange(BitConverter.GetBytes(TextVaddr + ((ulong)index * 64)));
        bytes.AddRange(BitConverter.GetBytes(TextVaddr + ((ulong)(((index * 7) + 3) % s_texts.Length) * 64)));
        bytes.AddRange(BitConverter.GetBytes(values[index % 7]));
        return [.. bytes];
    }
}
