using System.IO;
using System.Linq;
using System.Text.Json;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

public sealed class BenchTests
{
    [Fact]
    public void ItsJsonHasTheRowsAndWhatTheyAreComparedWith()
    {
        using var folder = new PrivateFolder();
        CommandResult result = CommandRunner.Run(Bench(), "--rounds", "1", "--json", folder["rows"], "native", "floor.ptrace.free");
        Assert.True(result.ExitStatus == 0, result.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(folder["rows"]));
        JsonElement[] rows = json.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["native", "floor.ptrace", "floor.ptrace.free"], rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.True(row.GetProperty("ns").GetDouble() > 0));
        Assert.Equal("floor.ptrace", rows[2].GetProperty("of").GetString());
        double ratio = rows[2].GetProperty("ns").GetDouble() / rows[1].GetProperty("ns").GetDouble();
        Assert.InRange(rows[2].GetProperty("ratio").GetDouble(), ratio - 0.001, ratio + 0.001);
        Assert.False(rows[0].TryGetProperty("of", out _));
    }

    [Fact]
    public void AnUnknownRowIsNamedAndTheOthersListed()
    {
        CommandResult result = CommandRunner.Run(Bench(), "nonesuch");
        Assert.Equal(2, result.ExitStatus);
        Assert.Contains("no row nonesuch", result.Errors, System.StringComparison.Ordinal);
        Assert.Contains("muprobe.trap.string", result.Errors, System.StringComparison.Ordinal);
    }

    private static string Bench() => RepoRoot.Combine("tests", "ManagedUprobe.Bench", "bin", "Release", "net10.0", "ManagedUprobe.Bench");
}
