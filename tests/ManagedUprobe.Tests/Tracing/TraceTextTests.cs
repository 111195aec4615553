using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>What trace and trace_pipe show of records; headers and lines as a kernel (6.18) wrote them.</summary>
public sealed class TraceTextTests
{
    private const string Start = "# tracer: nop\n#\n";

    private const string Flags = """
        #                                _-----=> irqs-off/BH-disabled
        #                               / _----=> need-resched
        #                              | / _---=> hardirq/softirq
        #                              || / _--=> preempt-depth
        #                              ||| / _-=> migrate-disable
        #                              |||| /     delay
        #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
        #              | |         |   |||||     |         |

        """;

    private const string TgidFlags = """
        #                                          _-----=> irqs-off/BH-disabled
        #                                         / _----=> need-resched
        #                                        | / _---=> hardirq/softirq
        #                                        || / _--=> preempt-depth
        #                                        ||| / _-=> migrate-disable
        #                                        |||| /     delay
        #           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION
        #              | |           |       |   |||||     |         |

        """;

    private const string Plain = """
        #           TASK-PID     CPU#     TIMESTAMP  FUNCTION
        #              | |         |         |         |

        """;

    private const string PlainTgid = """
        #           TASK-PID       TGID    CPU#     TIMESTAMP  FUNCTION
        #              | |           |       |         |         |

        """;

    private readonly TestTree _tree = new();

    public TraceTextTests() => _tree.Write("uprobe_events", "p:g/f1 /x:1 a=%di:s32");

    [Theory]
    [InlineData("", Flags, "           calls-28948   [000] DBZff  2219.749417: f1: (0x56247c6bd149) a=7\n")]
    [InlineData("noirq-info", Plain, "           calls-28948   [000]   2219.749417: f1: (0x56247c6bd149) a=7\n")]
    [InlineData("record-tgid", TgidFlags, "           calls-28948   (  28940) [000] DBZff  2219.749417: f1: (0x56247c6bd149) a=7\n")]
    [InlineData("record-tgid noirq-info", PlainTgid, "           calls-28948   (  28940) [000]   2219.749417: f1: (0x56247c6bd149) a=7\n")]
    [InlineData("norecord-cmd", Flags, "           <...>-28948   [000] DBZff  2219.749417: f1: (0x56247c6bd149) a=7\n")]
    [InlineData("raw", Flags, "28948 0 2219749417499 type: 2048\n")]
    [InlineData("hex", Flags, "00007114 00000000 00000204d360221b type: 2048\n\n")]
    [InlineData("bin", Flags, "\u0014q\0\0\0\0\0\0\u001b\"`\u00d3\u0004\u0002\0\0type: 2048\n")]
    [InlineData("raw hex", Flags, "00007114 00000000 00000204d360221b type: 2048\n\n")]
    [InlineData("nocontext-info", null, "f1: (0x56247c6bd149) a=7\n")]
    [InlineData("nocontext-info raw", null, "type: 2048\n")]
    public void OptionsShapeHeaderAndLines(string options, string? columns, string line)
    {
        foreach (string option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _tree.Write("trace_options", option);
        }

        Record(cpu: 0, time: 2_219_749_417_499, value: 7);
        string header = columns == null ? "" : $"# entries-in-buffer/entries-written: 1/1   #P:{OnlineCpus.Count}\n#\n{columns}";
        Assert.Equal(Start + header + line, Encoding.Latin1.GetString(_tree.Files.ReadBytes("trace")));
        Assert.Equal(line, Encoding.Latin1.GetString(_tree.Files.ReadBytes("trace_pipe")));
    }

    [Fact]
    public void AnEmptyBufferIsAHeader() =>
        Assert.Equal($"{Start}# entries-in-buffer/entries-written: 0/0   #P:{OnlineCpus.Count}\n#\n{Flags}", _tree.Read("trace"));

    [Fact]
    public void ClocksThatCountShowTheirNumber()
    {
        _tree.Write("trace_clock", "counter");
        Record(cpu: 0, time: 3, value: 0);
        Assert.Contains(" DBZff            3: f1: ", _tree.Read("trace"), StringComparison.Ordinal);
        Assert.Contains("\noldest event ts: 3\n", _tree.Read("per_cpu/cpu0/stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void CpusAreMergedByTime()
    {
        Assert.SkipUnless(_tree.Files.Exists("per_cpu/cpu1"), "one CPU");
        Record(1, 20, 2);
        Record(0, 10, 1);
        Record(0, 30, 3);
        Record(1, 40, 4);
        Assert.Equal([1, 2, 3, 4], Values(_tree.Read("trace")));
        Assert.Equal([1, 3], Values(_tree.Read("per_cpu/cpu0/trace")));
        Assert.Contains(": 4/4 ", _tree.Read("per_cpu/cpu0/trace"), StringComparison.Ordinal);
        Assert.Equal([2, 4], Values(_tree.Read("per_cpu/cpu1/trace_pipe")));
        Assert.Equal([1, 3], Values(_tree.Read("trace_pipe")));
        Assert.Empty(Values(_tree.Read("trace")));
    }

    [Fact]
    public void WhereRecordsWereLostItSaysWhereAnotherCpuBegins()
    {
        Assert.SkipUnless(_tree.Files.Exists("per_cpu/cpu1"), "one CPU");
        _tree.Write("buffer_size_kb", "1");
        for (int i = 0; i < 1000; i++)
        {
            Record(0, 100 + i, i);
        }

        Record(1, 5000, -1);
        string[] lines = _tree.Read("trace").Split('\n');
        Assert.Equal("##### CPU 1 buffer started ####", lines[^3]);
        Assert.Single(lines, line => line.StartsWith("##### ", StringComparison.Ordinal));
        _tree.Write("trace_options", "noannotate");
        Assert.DoesNotContain("#####", _tree.Read("trace"), StringComparison.Ordinal);
        string piped = _tree.Read("trace_pipe");
        Assert.StartsWith("CPU:0 [LOST 680 EVENTS]\n", piped, StringComparison.Ordinal);
        Assert.Equal([.. Enumerable.Range(680, 320), -1], Values(piped));
    }

    [Fact]
    public void TruncatingClears()
    {
        Record(0, 1, 1);
        _tree.Append("trace", "ignored");
        Assert.Equal([1], Values(_tree.Read("trace")));
        _tree.Write("trace", "");
        Assert.Contains(": 0/0 ", _tree.Read("trace"), StringComparison.Ordinal);
    }

    [Fact]
    public void ThePipeConsumesNoMoreThanIsRead()
    {
        for (int i = 0; i < 10; i++)
        {
            Record(0, i + 1, i);
        }

        using (Stream pipe = _tree.Files.OpenRead("trace_pipe"))
        {
            Assert.Equal(10, pipe.Read(new byte[10]));
        }

        Assert.Equal(Enumerable.Range(1, 9), Values(_tree.Read("trace")));
        _tree.Array.IsOver = true;
        using var rest = new StreamReader(_tree.Files.OpenRead("trace_pipe"));
        Assert.Equal(Enumerable.Range(1, 9), Values(rest.ReadToEnd()));
    }

    private void Record(int cpu, long time, int value)
    {
        const int BodyLength = 20;
        Span<byte> record = stackalloc byte[TraceRecordHeader.Size + BodyLength];
        TraceEventFile file = _tree.Array.Find("g", "f1")!;
        var header = new TraceRecordHeader
        {
            BodyLength = BodyLength,
            EventIndex = file.Call.Primary.Index,
            EventId = file.Call.Id,
            ThreadId = 28948,
            ProcessId = 28940,
            Cpu = cpu,
            Time = time,
        };
        header.SetComm("calls"u8);
        _ = TraceRecord.Complete(record, header);
        BinaryPrimitives.WriteUInt64LittleEndian(record[(TraceRecordHeader.Size + 8)..], 0x56247c6bd149);
        BinaryPrimitives.WriteInt32LittleEndian(record[(TraceRecordHeader.Size + 16)..], value);
        _tree.Array.Keep(new TraceRecord(record));
    }

    private static int[] Values(string text) =>
        [.. text.Split('\n').Where(line => line.Contains(" a=", StringComparison.Ordinal)).Select(line => int.Parse(line.Split("a=")[1], null))];
}
