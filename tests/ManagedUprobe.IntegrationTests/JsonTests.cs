using System.IO;
using System.Linq;
using System.Text.Json;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary><c>--format json</c>: one object a line, with the fields that the contract names.</summary>
public sealed class JsonTests
{
    private static readonly string[] s_entryFields = ["time", "cpu", "pid", "tid", "comm", "event", "address", "args"];

    [Fact]
    public void AnEntryHasTheFieldsOfTheContract()
    {
        string calls = Fixture.Path("calls");
        JsonElement[] events = Trace(new Command(calls, "3"), $"p:g/f1 {calls}:f1 value=%di:s32 comm=$comm");

        Assert.Equal(3, events.Length);
        Assert.All(events, item => Assert.Equal(s_entryFields.Order(), item.EnumerateObject().Select(field => field.Name).Order()));
        Assert.Equal([0, 1, 2], events.Select(item => item.GetProperty("args").GetProperty("value").GetInt32()));
        Assert.All(events, item => Assert.Equal("calls", item.GetProperty("comm").GetString()));
        Assert.All(events, item => Assert.Equal("calls", item.GetProperty("args").GetProperty("comm").GetString()));
        Assert.All(events, item => Assert.Contains("f1", item.GetProperty("event").GetString()));
        Assert.All(events, item => Assert.Equal(item.GetProperty("pid").GetInt32(), item.GetProperty("tid").GetInt32()));
    }

    [Fact]
    public void AReturnHasItsAddressToo()
    {
        string calls = Fixture.Path("calls");
        JsonElement[] events = Trace(new Command(calls, "2"), $"r:g/f1 {calls}:f1 $retval:s32");

        Assert.Equal(2, events.Length);
        Assert.All(events, item => Assert.Equal([.. s_entryFields.Append("return_address").Order()], item.EnumerateObject().Select(field => field.Name).Order()));
        Assert.Equal([1, 4], events.Select(item => item.GetProperty("args").GetProperty("arg1").GetInt32()));
    }

    [Fact]
    public void ThreadsHaveTheirOwnTidAndOnePid()
    {
        string threads = Fixture.Path("threads");
        JsonElement[] events = Trace(new Command(threads, "3", "10"), $"p:g/work {threads}:work");

        Assert.Equal(30, events.Length);
        Assert.Single(events.Select(item => item.GetProperty("pid").GetInt32()).Distinct());
        Assert.Equal(3, events.Select(item => item.GetProperty("tid").GetInt32()).Distinct().Count());
    }

    [Fact]
    public void AnyTextStaysValidJson()
    {
        string strings = Fixture.Path("strings");
        JsonElement[] events = Trace(new Command(strings, "1"), $"p:g/take {strings}:take text=+0(%di):string");
        Assert.Equal(11, events.Length);
        Assert.Equal("plain", events[0].GetProperty("args").GetProperty("text").GetString());
        Assert.Equal("", events[1].GetProperty("args").GetProperty("text").GetString());
    }

    private static JsonElement[] Trace(Command command, string definition)
    {
        using var folder = new PrivateFolder();
        CommandResult result = CommandRunner.Run(Muprobe.Before(command, "trace", folder["events"], ["--format", "json", "-e", definition]));
        Assert.Equal(0, result.ExitStatus);
        return [.. File.ReadLines(folder["events"]).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
