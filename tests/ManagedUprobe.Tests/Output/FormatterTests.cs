using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Tests.Support;
using Xunit;

namespace ManagedUprobe.Tests.Output;

/// <summary>Lines of text and JSON, and events of the library.</summary>
public sealed class FormatterTests
{
    private const ulong Data = 0x7fff_0001_0000;

    [Fact]
    public void TheTextLineIsThatOfTracePipe()
    {
        var hit = new Hit("p:g/int /bin/fx:0x1000 a=%di b=%si:s8");
        (hit.Regs.rdi, hit.Regs.rsi) = (1, 0xfe);
        Assert.Equal(
            "              fx-29242   [003] DBZff  2046.383148: int: (0x555555555000) a=0x1 b=-2\n",
            hit.Line(new TraceTextFormatter()));
    }

    [Fact]
    public void TheProfileLineIsTheKernels()
    {
        TraceUprobe probe = Hit.Define("p:g/int /tmp/mu-fx/fx:0x1000");
        for (int i = 0; i < 13; i++)
        {
            probe.CountHit();
        }

        Assert.Equal(
            "  /tmp/mu-fx/fx int                                                       13", UprobeProfileFormatter.Line(probe));
    }

    [Fact]
    public void TheJsonLineHoldsTypedValues()
    {
        var hit = new Hit("r:g/e /bin/fx:0x1000 x=%di u=%si:u64 s=%si:s16 c=\\65:char f=+0(%dx):string t=+0(%cx):string a=+0(%cx):u8[2] b=+0(%cx):x8");
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rcx) = (10, ulong.MaxValue, Data);
        hit.Memory.Map(Data, "q\"\\\n\t\u00ff\u00c3\u00a9");
        Assert.Equal(
            "{\"time\":2046.383148999,\"cpu\":3,\"pid\":29241,\"tid\":29242,\"comm\":\"fx\",\"event\":\"e\","
            + "\"address\":\"0x555555555000\",\"return_address\":\"0x555555559999\",\"args\":{\"x\":\"0xa\",\"u\":18446744073709551615,"
            + "\"s\":-1,\"c\":\"A\",\"f\":null,\"t\":\"q\\\"\\\\\\u000a\\u0009\\\\xff\u00c3\u00a9\",\"a\":[113,34],\"b\":\"0x71\"}}\n",
            hit.Line(new TraceJsonFormatter()));
    }

    [Fact]
    public void JsonIsValidWhateverTheTraceeHolds()
    {
        var random = new Random(1);
        byte[] line = new byte[ITraceFormatter.MaxLineLength];
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string c=+0(%di):char[32] a=+8(%di):string[4] n=$comm");
        hit.Regs.rdi = Data;
        byte[] bytes = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            hit.Memory.Map(Data, bytes);
            hit.Memory.Map(Data + 8, Data + 16, Data + 24, Data, (ulong)i);
            hit.Comm = Encoding.Latin1.GetString(bytes, 0, i % 16);
            int length = new TraceJsonFormatter().Format(hit.Probe, new TraceRecord(hit.Record()), line);
            using var json = JsonDocument.Parse(line.AsMemory(0, length));
            JsonElement args = json.RootElement.GetProperty("args");
            Assert.Equal(4, args.EnumerateObject().Count());
            Assert.NotNull(json.RootElement.GetProperty("comm").GetString());
        }
    }

    [Theory]
    [InlineData("a=+0(%di):x8[64]", 48)]
    [InlineData("a=+0(%di):char[64]", 48)]
    [InlineData("a=+0(%di):string[64]", 12)]
    [InlineData("a=+0(%di):s8[64]", 48)]
    public void TheLongestLinesFit(string arg, int count)
    {
        var definition = new StringBuilder("p:g/e /bin/fx:0x1000");
        for (int i = 0; i < count; i++)
        {
            _ = definition.Append(CultureInfo.InvariantCulture, $" n{i:d31}{arg[1..]}");
        }

        var hit = new Hit(definition.ToString());
        hit.Regs.rdi = Data;
        byte[] bytes = new byte[512];
        Array.Fill(bytes, (byte)0x80);
        hit.Memory.Map(Data, bytes);
        Assert.EndsWith("\n", hit.Line(new TraceTextFormatter()), StringComparison.Ordinal);
        string line = hit.Line(new TraceJsonFormatter());
        Assert.True(line.Length < ITraceFormatter.MaxLineLength);
    }

    [Fact]
    public void TheLongestStringFits()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string");
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new string('\u0001', 4051));
        Assert.Contains(string.Concat(Enumerable.Repeat("\\u0001", 4051)), hit.Line(new TraceJsonFormatter()), StringComparison.Ordinal);
    }

    [Fact]
    public void TheEventOfTheLibraryHasTypedValues()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 x=%di:x8 s=%si:s16 c=\\65:char f=+0(%dx):string t=+0(%cx):string a=+0(%cx):u8[2]");
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rcx) = (10, ulong.MaxValue, Data);
        hit.Memory.Map(Data, "hi");
        var traced = TraceEvent.FromRecord(hit.Probe, new TraceRecord(hit.Record()));
        Assert.Equal(("g", "e", "fx", 3), (traced.Group, traced.Event, traced.Comm, traced.Cpu));
        Assert.Equal((29241, 29242, 2_046_383_148_999), (traced.ProcessId, traced.ThreadId, traced.Time));
        Assert.Equal((Hit.Vaddr, (ulong?)null), (traced.Address, traced.ReturnAddress));
        Assert.Equal(["x", "s", "c", "f", "t", "a"], traced.Args.Keys);
        Assert.Equal<object?>([10ul, -1L, 'A', null, "hi"], new List<object?>(traced.Args.Values).GetRange(0, 5));
        Assert.Equal(new object?[] { 104ul, 105ul }, traced.Args["a"]);
    }

    [Fact]
    public void NothingIsAllocatedFromHitToLine()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 a=%di s=+0(%cx):string b=+0(%cx):u8[2] f=+0(%dx):string c=$comm d=%ax:b3@1/8");
        hit.Regs.rcx = Data;
        hit.Memory.Map(Data, "hello \u00ff");
        byte[] record = new byte[TraceRecordHeader.Size + FetchProgram.ScratchSize];
        byte[] line = new byte[ITraceFormatter.MaxLineLength];
        var text = new TraceTextFormatter();
        var json = new TraceJsonFormatter();
        long before = 0;
        for (int i = -1000; i < 100_000; i++)
        {
            before = i == 0 ? GC.GetAllocatedBytesForCurrentThread() : before;
            var context = new FetchContext(Hit.Vaddr, 0, "fx"u8);
            int length = hit.Probe.Program.Evaluate(in hit.Regs, hit.Memory, context, record.AsSpan(TraceRecordHeader.Size));
            var header = new TraceRecordHeader { BodyLength = length, ThreadId = i, Time = i + 1000 };
            header.SetComm("fx"u8);
            _ = TraceRecord.Complete(record, in header);
            _ = text.Format(hit.Probe, new TraceRecord(record), line);
            _ = json.Format(hit.Probe, new TraceRecord(record), line);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
