using System.IO;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Support;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Events;

/// <summary>Symbols, bare names, patterns; names as perf probe gives them; carets.</summary>
public sealed class ExtendedDefinitionTests
{
    private readonly EventTable _table = new(new FakeFiles());

    [Theory]
    [InlineData("p bash:execute_command", "p:probe_bash/execute_command /usr/bin/bash:0x0000000000002000")]
    [InlineData("p:alloc libc.so.6:malloc %di", "p:uprobes/alloc /lib/libc.so.6:0x0000000000001000 arg1=%di")]
    [InlineData("libc.so.6:malloc", "p:probe_libc/malloc /lib/libc.so.6:0x0000000000001000")]
    [InlineData("libc.so.6:malloc%return", "r:probe_libc/malloc__return /lib/libc.so.6:0x0000000000001000")]
    [InlineData("libc.so.6:0x10", "p:uprobes/p_libc_0x10 /lib/libc.so.6:0x0000000000000010")]
    [InlineData("r:g/ libc.so.6:malloc $retval", "r:g/malloc__return /lib/libc.so.6:0x0000000000001000 arg1=$retval")]
    [InlineData("p ./a.out:malloc+0x4(0x20)", "p:probe_a/malloc ./a.out:0x0000000000001004(0x20)")]
    [InlineData("p:g/e libc.so.6:malloc+16%return a=%di", "r:g/e /lib/libc.so.6:0x0000000000001010 a=%di")]
    [InlineData("p /lib/libstdc++.so.6:0x10 %di", "p:uprobes/p_libstdc++_0x10 /lib/libstdc++.so.6:0x0000000000000010 arg1=%di")]
    [InlineData("/x/libstdc++.so.6:malloc", "p:probe_libstdc/malloc /x/libstdc++.so.6:0x0000000000001000")]
    [InlineData("libc.so.6:?lloc", "")]
    [InlineData("libc.so.6:*alloc", "p:probe_libc/malloc /lib/libc.so.6:0x0000000000001000\np:probe_libc/realloc /lib/libc.so.6:0x0000000000001100")]
    [InlineData("p:g/e libc.so.6:*alloc", "p:g/e /lib/libc.so.6:0x0000000000001000\np:g/e /lib/libc.so.6:0x0000000000001100")]
    [InlineData("bash:memcpy*", "p:probe_bash/memcpy /usr/bin/bash:0x0000000000001300\np:probe_bash/memcpy_1 /usr/bin/bash:0x0000000000001340")]
    [InlineData("bash:foo*%return", "r:probe_bash/foo__return /usr/bin/bash:0x0000000000003000\nr:probe_bash/foo__return_1 /usr/bin/bash:0x0000000000003010")]
    public void Defines(string definition, string listing)
    {
        if (listing.Length == 0)
        {
            Assert.Equal(Errno.ENOENT, Assert.Throws<UprobeException>(() => _table.WriteExtended(definition, new FakeSymbols())).Errno);
        }
        else
        {
            int added = _table.WriteExtended(definition, new FakeSymbols()).Count;
            Assert.Equal(added, _table.Probes.Count);
        }

        Assert.Equal(listing, KernelText.FromBytes(_table.Read()).TrimEnd('\n'));
    }

    [Fact]
    public void LongSymbolsAreCutButKeepTheirSuffix()
    {
        TraceUprobe probe = _table.WriteExtended("libc.so.6:nnn*%return", new FakeSymbols()).Single();
        Assert.Equal(new string('n', 55) + "__return", probe.Event);
    }

    [Fact]
    public void RemembersTheSymbol()
    {
        TraceUprobe probe = _table.WriteExtended("libc.so.6:strlen", new FakeSymbols()).Single();
        Assert.Equal(new ResolvedSymbol("strlen", 0x1200, true), probe.Symbol);
    }

    [Theory]
    [InlineData("p libd.so:malloc", Errno.ENOENT, 2)]
    [InlineData("libd.so:malloc", Errno.ENOENT, 0)]
    [InlineData("p:g/e   libc.so.6:nothing %di", Errno.ENOENT, 16)]
    [InlineData("p /missing/x:malloc", Errno.ENOENT, 2)]
    [InlineData("p /bin/text:malloc", Errno.ENOEXEC, 2)]
    [InlineData("p libc.so.6:malloc+zz", Errno.EINVAL, 19)]
    [InlineData("p libc.so.6:malloc%ret", Errno.EINVAL, 18)]
    [InlineData("p libc.so.6:malloc %zz", Errno.EINVAL, 19)]
    [InlineData("p:1x/e libc.so.6:malloc", Errno.EINVAL, 2)]
    [InlineData("p libc.so.6", Errno.EINVAL, 11)]
    [InlineData("p libc.so.6:", Errno.EINVAL, 12)]
    [InlineData("libc.so.6:malloc %di", Errno.EINVAL, 0)]
    [InlineData("malloc", Errno.EINVAL, 6)]
    [InlineData("p", Errno.EINVAL, -1)]
    [InlineData("p:malloc", Errno.EINVAL, -1)]
    public void PointsToWhatIsWrong(string definition, Errno errno, int position)
    {
        UprobeException error = Assert.Throws<UprobeException>(() => _table.WriteExtended(definition, new FakeSymbols()));
        Assert.Equal((errno, position), (error.Errno, error.Position));
        Assert.Empty(_table.Probes);
    }

    [Fact]
    public void APatternTakesEffectAsAWholeOrNotAtAll()
    {
        _table.WriteLine("r:probe_libc/realloc /lib/libc.so.6:0x9");
        _ = Assert.Throws<UprobeException>(() => _table.WriteExtended("libc.so.6:*alloc", new FakeSymbols()));
        _ = Assert.Single(_table.Probes);
    }

    [Fact]
    public void DeletesAndCommentsAreThoseOfTheKernel()
    {
        _ = _table.WriteExtended("bash:execute_command # here", new FakeSymbols());
        Assert.Empty(_table.WriteExtended("# nothing", new FakeSymbols()));
        Assert.Empty(_table.WriteExtended("-:execute_command", new FakeSymbols()));
        Assert.Empty(_table.Probes);
    }

    [Fact]
    public void ReportsALineForEachLine()
    {
        string[] lines = ["p:g/e /bin/x:0x10 %di", "", "# c", "p:g/e /bin/x:0x10 %di", "p:g/f /bin/x:0x10 %zz", "p:g/f x", "-:g/e", "!:g/e", "p /bin/\u00e4:16"];
        Assert.Equal(
            "ok\tp:g/e /bin/x:0x0000000000000010 arg1=%di\nok\t\nok\t\nerror\tEEXIST\t0\tThere is already the exact same probe event\n"
            + "error\tEINVAL\t18\tInvalid register name\nerror\tEINVAL\t-\t-\nok\t\nerror\tEINVAL\t-\t-\n"
            + "ok\tp:uprobes/p_\u00e4_0x10 /bin/\u00e4:0x0000000000000010\n",
            Report(lines, new ParseReport { Files = new FakeFiles() }));
        Assert.Equal("error\tENOENT\t-\t-\n", Report(["!:g/e"], new ParseReport { Files = new FakeFiles(), File = EventFile.DynamicEvents }));
        Assert.Equal(
            "ok\tp:g/e /bin/x:0x0000000000000010\nok\tp:g/e /bin/x:0x0000000000000010\n",
            Report(["p:g/e /bin/x:0x10", "p:g/e /bin/x:0x10"], new ParseReport { Files = new FakeFiles(), Fresh = true }));
        Assert.Equal(
            "ok\tp:probe_bash/execute_command /usr/bin/bash:0x0000000000002000\nerror\tENOENT\t5\tFailed to find the given symbol\n",
            Report(["bash:execute_command", "bash:none"], new ParseReport { Files = new FakeFiles(), Symbols = new FakeSymbols() }));
    }

    [Fact]
    public void ShowsAnErrorAsTheKernelsLogDoes()
    {
        string path = KernelText.FromUnicode("p /bin/\u00fcbung:0x10 %zz");
        UprobeException error = Assert.Throws<UprobeException>(() => _table.WriteLine(path));
        using var writer = new StringWriter { NewLine = "\n" };
        ProbeErrorReport.Write(writer, error);
        Assert.Equal("Invalid register name\n  Command: p /bin/\u00fcbung:0x10 %zz\n" + new string(' ', 11 + 18) + "^\n", writer.ToString());
    }

    private static string Report(string[] lines, ParseReport report)
    {
        using var writer = new StringWriter();
        report.Write(lines, writer);
        return writer.ToString();
    }
}
