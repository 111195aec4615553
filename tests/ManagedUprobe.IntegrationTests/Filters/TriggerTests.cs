using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Output;
using ManagedUprobe.Session;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary>Triggers that fire, on the live kernel and here: the same hits are recorded, and the files read the same afterwards.</summary>
/// <remarks>The program calls, four times, first one function (event w) and then another (event n, with 1, 2, 3, 4).</remarks>
public sealed class TriggerTests
{
    private static readonly string[] s_events = ["n", "w", "r"];

    /// <summary>Events that are enabled; whether tracing is on; triggers as EVENT TRIGGER, separated by semicolons; what is recorded then.</summary>
    public static TheoryData<string, bool, string, string> Cases => new()
    {
        { "", true, "n enable_event:GROUP:n", "n 2,n 3,n 4" },
        { "", true, "n enable_event:GROUP:n if v == 2", "n 2,n 3,n 4" },
        { "n", true, "n disable_event:GROUP:n", "" },
        { "n", true, "n disable_event:GROUP:n if v == 2", "n 1" },
        { "n", true, "n traceoff", "n 1" },
        { "n w", true, "n traceoff if v == 2", "w -1,n 1,w -2,n 2" },
        { "n", true, "n traceoff if v == 99", "n 1,n 2,n 3,n 4" },
        { "n w", false, "n traceon", "n 1,w -2,n 2,w -3,n 3,w -4,n 4" },
        { "n w", false, "n traceon if v == 2", "w -3,n 3,w -4,n 4" },
        { "n", true, "n traceon:1", "n 1,n 2,n 3,n 4" },
        { "n", false, "n traceon:2", "n 1,n 2,n 3,n 4" },
        { "", true, "n traceoff", "" },
        { "n w", true, "n traceoff:1;w traceon", "w -1,n 1,w -2,n 2,w -3,n 3,w -4,n 4" },
        { "n w", true, "n traceoff:2;w traceon:1", "w -1,n 1,w -2,n 2" },
        { "n", true, "n enable_event:GROUP:w:2", "n 1,w -2,n 2,w -3,n 3,w -4,n 4" },
        { "n", true, "n enable_event:GROUP:w if v > 2", "n 1,n 2,n 3,w -4,n 4" },
        { "n w", true, "n disable_event:GROUP:w:1 if v >= 2", "w -1,n 1,w -2,n 2,n 3,n 4" },
        { "n", true, "n enable_event:GROUP:w:1;w disable_event:GROUP:w", "n 1,n 2,n 3,n 4" },
        { "n", true, "n enable_event:GROUP:w;w disable_event:GROUP:w", "n 1,n 2,n 3,n 4" },
        { "n", false, "n traceoff:3 if v > 0", "" },
        { "n", true, "n enable_event:GROUP:r;r traceoff if x < 0", "n 1,r -1" },
        { "n w r", true, "r traceoff:0;w disable_event:GROUP:n:1", "w -1,r -1,w -2,r -2,w -3,r -3,w -4,r -4" },
        { "n", true, "n traceoff:9223372036854775808", "n 1" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task TriggersDoWhatTheKernelsDo(string enabled, bool on, string triggers, string recorded)
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("args");
        string[] definitions = Definitions(program);
        var commands = enabled.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => (File: $"events/GROUP/{name}/enable", Text: "1"))
            .Concat(triggers.Split(';').Select(trigger => (File: $"events/GROUP/{trigger[..1]}/trigger", Text: trigger[2..]))).ToList();

        await using var session = UprobeSession.Launch(program, ["4"]);
        session.TraceFs.WriteText("uprobe_events", string.Join('\n', definitions));
        commands.ForEach(each => session.TraceFs.WriteText(each.File, each.Text));
        session.TraceFs.Array.IsOn = on;
        var seen = new List<string>();
        await foreach (TraceEvent item in session.ReadEventsAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(string.Create(CultureInfo.InvariantCulture, $"{item.Event} {item.Args.Values.Single()}"));
        }

        Assert.Equal(recorded, string.Join(',', seen));
        if (TraceFsOracle.WhyNot is null)
        {
            CompareWithKernel(program, definitions, commands, on, recorded, session);
        }
    }

    private static void CompareWithKernel(
        string program, string[] definitions, List<(string File, string Text)> commands, bool on, string recorded, UprobeSession session)
    {
        using var kernel = KernelInstance.Open(definitions);
        commands.ForEach(each => kernel.Write(each.File, each.Text));
        kernel.Write("tracing_on", on ? "1" : "0");
        CommandRunner.Output(program, "4");
        Assert.Equal(recorded, string.Join(',', TraceLine.ParseAll(kernel.Read("trace")).Select(line => $"{line.Event} {line.Text.Split('=')[^1]}")));
        Assert.Equal(kernel.Read("tracing_on") == "1\n", session.TraceFs.Array.IsOn);
        foreach (string name in s_events)
        {
            Assert.Equal(kernel.Read($"events/GROUP/{name}/enable"), session.TraceFs.ReadText($"events/GROUP/{name}/enable"));
            string trigger = kernel.Read($"events/GROUP/{name}/trigger");
            string ours = session.TraceFs.ReadText($"events/GROUP/{name}/trigger");

            // Which triggers there are differs from kernel to kernel.
            Assert.True(trigger == ours || (trigger[0] == '#' && ours[0] == '#'), $"{trigger} and {ours}");
        }
    }

    private static string[] Definitions(string program)
    {
        var symbols = new ElfSymbols(program);
        string widths = string.Create(CultureInfo.InvariantCulture, $"{program}:0x{symbols.OffsetOf("widths"):x}");
        string negative = string.Create(CultureInfo.InvariantCulture, $"{program}:0x{symbols.OffsetOf("negative"):x}");
        return [$"p:GROUP/n {negative} v=%di:s32", $"p:GROUP/w {widths} a=%di:s8", $"r:GROUP/r {negative} x=$retval:s32"];
    }
}
