using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>set_event_pid and its like over programs that have children: with the option event-fork the lists follow.</summary>
public sealed class EventForkTests
{
    private const string Size = "3";

    public static TheoryData<string, string, string, bool, string> Cases => new()
    {
        { "forktree", "node_work", "set_event_pid", true, "calls" },
        { "forktree", "node_work", "set_event_pid", false, "own" },
        { "forktree", "node_work", "set_event_notrace_pid", true, "" },
        { "cloneshared", "work", "set_event_pid", true, "calls" },
        { "cloneshared", "work", "set_event_pid", false, "own" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task ListsFollowChildrenIfTheyAreTold(string fixture, string symbol, string file, bool follow, string expected)
    {
        CommandResult untraced = CommandRunner.Run(Fixture.Path(fixture), Size);
        TraceFs? files = null;
        string pid = "";
        var options = new SessionOptions
        {
            CountOnly = true,
            BeforeRun = id => files!.WriteText(file, pid = id.ToString(CultureInfo.InvariantCulture)),
        };
        string program = Fixture.Path(fixture);
        await using var session = UprobeSession.Launch("sh", ["-c", "exec \"$0\" \"$1\" >/dev/null", program, Size], options);
        files = session.TraceFs;
        files.WriteText("uprobe_events", string.Create(CultureInfo.InvariantCulture, $"p:g/e {program}:0x{ElfSymbols.OffsetOf(program, symbol):x}"));
        files.WriteText("options/event-fork", follow ? "1" : "0");
        files.WriteText("events/g/e/enable", "1");
        Assert.Equal(0, await session.WaitForExitAsync(TestContext.Current.CancellationToken));

        long recorded = files.ReadText("trace").Split('\n').Count(line => line.Contains(": e: (0x", StringComparison.Ordinal));
        Assert.Equal(expected.Length == 0 ? 0 : untraced.Number(expected), recorded);

        // With the option those that have ended are taken out; without it they stay.
        Assert.Equal(follow ? "" : pid + "\n", files.ReadText(file));
    }
}
