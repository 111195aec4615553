using System;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary>The fixture <c>filterhits</c>, running: hits a function with each of its records when told so. Its records as our side of the comparison sees them.</summary>
internal sealed class FilterTarget : IDisposable
{
    private const string Comm = "fifteen-letters";

    private readonly Process _process;
    private readonly TraceeMemory _memory;
    private readonly ulong _records;
    private readonly ulong _recordSize;

    public FilterTarget(string program)
    {
        _process = Process.Start(new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string[] fields = _process.StandardOutput.ReadLine()!.Split(' ');
        _records = ulong.Parse(fields[1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Count = int.Parse(fields[2], CultureInfo.InvariantCulture);
        _recordSize = ulong.Parse(fields[3], CultureInfo.InvariantCulture);
        _memory = TraceeMemory.Open(_process.Id);
    }

    /// <summary>Hits a round.</summary>
    public int Count { get; }

    /// <summary>The definition of the event, with arguments of all kinds that filters tell apart.</summary>
    public static string Definition(string program)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"{program}:0x{ElfSymbols.OffsetOf(program, "hit"):x}");
        return $"p:GROUP/hit {place} i=+0(%di):u32 u8=+4(%di):u8 s8=+5(%di):s8 u16=+6(%di):u16 s16=+8(%di):s16 s32=+12(%di):s32 "
            + "u64=+16(%di):u64 s64=+24(%di):s64 x=%si s=+0(+32(%di)):string t=+0(+40(%di)):ustring "
            + "ch=+48(%di):char a2=+48(%di):u8[2] a3=+48(%di):u8[3] a4=+48(%di):s16[2] sa=+32(%di):string[2] bf=+4(%di):b3@2/8 cm=$comm";
    }

    /// <summary>Lets the program hit once with each record, and waits until it has.</summary>
    public void Round()
    {
        _process.StandardInput.Write('.');
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() != "done")
        {
            throw new InvalidOperationException("The target has ended.");
        }
    }

    /// <summary>Whether our side lets a hit pass.</summary>
    public bool Passes(EventFilter filter, TraceUprobe probe, int index, int eventId)
    {
        var regs = new UserRegs { rdi = _records + ((ulong)index * _recordSize), rsi = (ulong)index * 0x0101010101010101 };
        var context = new FetchContext(hitVaddr: 0x1000, returnVaddr: 0, Encoding.ASCII.GetBytes(Comm));
        var header = new TraceRecordHeader { ThreadId = _process.Id, EventId = eventId };
        byte[] record = new byte[TraceRecordHeader.Size + FetchProgram.ScratchSize];
        header.BodyLength = probe.Program.Evaluate(in regs, _memory, context, record.AsSpan(TraceRecordHeader.Size));
        _ = TraceRecord.Complete(record, in header);
        return filter.Matches(new FilterInput(record.AsSpan(TraceRecordHeader.Size, header.BodyLength), cpu: 0, context.Comm));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        _memory.Dispose();
    }
}
