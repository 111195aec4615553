using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>What writes to the files of a trace array do, as a kernel (6.18) answered: errno, and what the file shows then.</summary>
public sealed class FileWritesTests
{
    private const string NoClock = "[local] global counter uptime perf mono mono_raw boot tai x86-tsc\n";

    private readonly TestTree _tree = new();

    public FileWritesTests() => _tree.Write("uprobe_events", "p:g/f1 /x:1\np:g/f2 /x:2");

    [Theory]
    [InlineData("tracing_on", "0", (Errno)0, "0\n")]
    [InlineData("tracing_on", "2", (Errno)0, "1\n")]
    [InlineData("tracing_on", "0\n", (Errno)0, "0\n")]
    [InlineData("tracing_on", "+0", (Errno)0, "0\n")]
    [InlineData("tracing_on", "0x0", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", "x", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", " 0", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", "0 ", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", "0\n\n", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", "-1", Errno.EINVAL, "1\n")]
    [InlineData("tracing_on", "18446744073709551616", Errno.ERANGE, "1\n")]
    [InlineData("options/irq-info", "0", (Errno)0, "0\n")]
    [InlineData("options/irq-info", "0\n", (Errno)0, "0\n")]
    [InlineData("options/irq-info", "2", Errno.EINVAL, "1\n")]
    [InlineData("options/irq-info", "x", Errno.EINVAL, "1\n")]
    [InlineData("trace_clock", "bogus", Errno.EINVAL, NoClock)]
    [InlineData("trace_clock", "mono raw", Errno.EINVAL, NoClock)]
    [InlineData("trace_clock", " \n", Errno.EINVAL, NoClock)]
    [InlineData("trace_clock", " global\n", (Errno)0, "local [global] counter uptime perf mono mono_raw boot tai x86-tsc\n")]
    [InlineData("events/g/enable", "1", (Errno)0, "1\n")]
    [InlineData("events/g/enable", "0", (Errno)0, "0\n")]
    [InlineData("events/g/enable", "2", Errno.EINVAL, "X\n")]
    [InlineData("events/g/enable", " 1", Errno.EINVAL, "X\n")]
    [InlineData("events/enable", "1\n", (Errno)0, "1\n")]
    [InlineData("buffer_size_kb", "0", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", "x", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", "-1", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", "1x", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", "0x10", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", " 5", Errno.EINVAL, "1410\n")]
    [InlineData("buffer_size_kb", "1\n", (Errno)0, "7\n")]
    [InlineData("buffer_size_kb", "7", (Errno)0, "7\n")]
    [InlineData("buffer_size_kb", "8", (Errno)0, "11\n")]
    [InlineData("buffer_size_kb", "100", (Errno)0, "103\n")]
    public void OfNumbersAndNamesAreTheKernels(string file, string text, Errno errno, string shown) => Check(file, text, errno, shown);

    [Theory]
    [InlineData("set_event_pid", "1 3\n2", (Errno)0, "1\n2\n3\n7\n")]
    [InlineData("set_event_pid", "0x10 010", (Errno)0, "7\n8\n16\n")]
    [InlineData("set_event_pid", " ", (Errno)0, "7\n")]
    [InlineData("set_event_pid", "0", (Errno)0, "0\n7\n")]
    [InlineData("set_event_pid", "-1", Errno.EINVAL, "7\n")]
    [InlineData("set_event_pid", "1 x", Errno.EINVAL, "7\n")]
    [InlineData("set_event_pid", "1073741823", (Errno)0, "7\n1073741823\n")]
    [InlineData("set_event_pid", "1073741824", Errno.EPERM, "7\n")]
    [InlineData("set_event_pid", "4294967301", (Errno)0, "5\n7\n")]
    [InlineData("set_event_pid", "18446744073709551616", Errno.EINVAL, "7\n")]
    [InlineData("set_event", "g:f2", (Errno)0, "g:f2\ng:f1\n")]
    [InlineData("set_event", "!g:f1", (Errno)0, "")]
    [InlineData("set_event", "g", (Errno)0, "g:f2\ng:f1\n")]
    [InlineData("set_event", "f2", (Errno)0, "g:f2\ng:f1\n")]
    [InlineData("set_event", "g:*", (Errno)0, "g:f2\ng:f1\n")]
    [InlineData("set_event", "!g:", (Errno)0, "")]
    [InlineData("set_event", ":f2", (Errno)0, "g:f2\ng:f1\n")]
    [InlineData("set_event", "!*:f1", (Errno)0, "")]
    [InlineData("set_event", "!g:f1  g:f2\n", (Errno)0, "g:f2\n")]
    [InlineData("set_event", "!g:f1 nope g:f2", Errno.EINVAL, "")]
    [InlineData("set_event", "g:nope", Errno.EINVAL, "g:f1\n")]
    [InlineData("set_event", "g:f*", Errno.EINVAL, "g:f1\n")]
    [InlineData("set_event", "f1:g", Errno.EINVAL, "g:f1\n")]
    [InlineData("set_event", "*", Errno.EINVAL, "g:f1\n")]
    [InlineData("set_event", "!", Errno.EINVAL, "g:f1\n")]
    public void OfListsAreTheKernels(string file, string text, Errno errno, string shown) => Check(file, text, errno, shown);

    [Theory]
    [InlineData("noirq-info", (Errno)0, "0\n")]
    [InlineData(" noirq-info\n", (Errno)0, "0\n")]
    [InlineData("irq-info", (Errno)0, "1\n")]
    [InlineData("bogus", Errno.EINVAL, "1\n")]
    [InlineData("nobogus", Errno.EINVAL, "1\n")]
    [InlineData("noirq-info x", Errno.EINVAL, "1\n")]
    [InlineData("NOIRQ-INFO", Errno.EINVAL, "1\n")]
    public void OptionsAreTurnedOnAndOffByName(string text, Errno errno, string shown)
    {
        Assert.Equal(errno, _tree.TryWrite("trace_options", text));
        Assert.Equal(shown, _tree.Read("options/irq-info"));
        Assert.Contains(shown == "0\n" ? "\nnoirq-info\n" : "\nirq-info\n", _tree.Read("trace_options"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("events/g/f1/id")]
    [InlineData("events/g/f1/format")]
    [InlineData("uprobe_profile")]
    [InlineData("trace_pipe")]
    [InlineData("per_cpu/cpu0/stats")]
    [InlineData("buffer_total_size_kb")]
    [InlineData("saved_cmdlines")]
    public void SomeFilesAreOnlyRead(string file) => Assert.Equal(Errno.EINVAL, _tree.TryWrite(file, "5"));

    [Fact]
    public void TruncatingEmptiesListsAndDisablesEvents()
    {
        _tree.Append("set_event", "g");
        _tree.Append("set_event_pid", "1 2");
        _tree.Append("set_event_notrace_pid", "3");
        _tree.Write("set_event", "g:f2");
        _tree.Write("set_event_pid", "");
        _tree.Write("set_event_notrace_pid", "4");
        Assert.Equal(("g:f2\n", "", "4\n"), (_tree.Read("set_event"), _tree.Read("set_event_pid"), _tree.Read("set_event_notrace_pid")));
    }

    [Fact]
    public void AGroupIsEnabledAsFarAsItGoes()
    {
        _tree.Refused = 2;
        Assert.NotEqual((Errno)0, _tree.TryWrite("events/g/enable", "1"));
        Assert.Equal(("X\n", "X\n", "g:f1\n"), (_tree.Read("events/g/enable"), _tree.Read("events/enable"), _tree.Read("set_event")));
        Assert.Equal("g:f2\ng:f1\n", _tree.Read("available_events"));
    }

    [Fact]
    public void OneCpuMayHaveAnotherSize()
    {
        Assert.SkipUnless(_tree.Files.Exists("per_cpu/cpu1"), "one CPU");
        _tree.Write("buffer_size_kb", "8");
        _tree.Write("per_cpu/cpu0/buffer_size_kb", "100");
        Assert.Equal(("X\n", "103\n", "11\n"), (_tree.Read("buffer_size_kb"), _tree.Read("per_cpu/cpu0/buffer_size_kb"), _tree.Read("per_cpu/cpu1/buffer_size_kb")));
    }

    [Fact]
    public void ThePipeHasOneReader()
    {
        using (_tree.Files.OpenRead("trace_pipe"))
        {
            Assert.Equal(Errno.EBUSY, Assert.Throws<UprobeException>(() => _tree.Read("trace_pipe")).Errno);
            Assert.Equal(Errno.EBUSY, Assert.Throws<UprobeException>(() => _tree.Read("per_cpu/cpu0/trace_pipe")).Errno);
        }

        Assert.Empty(_tree.Read("trace_pipe"));
    }

    private void Check(string file, string text, Errno errno, string shown)
    {
        _tree.Append("set_event_pid", "7");
        _tree.Append("set_event", "g:f1");
        Assert.Equal(errno, _tree.TryWrite(file, text, append: true));
        Assert.Equal(shown, _tree.Read(file));
    }
}
