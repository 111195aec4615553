using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

public sealed class ManyProbesTests
{
    private const int Count = 10_000;

    [Fact]
    public void TenThousandProbesAreOrdinary()
    {
        using var folder = new PrivateFolder();
        string program = Fixture.Path("bench_places");
        string definitions = folder["definitions"];
        File.WriteAllLines(definitions, Enumerable.Range(0, Count).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"p:many/e{i} {program}:place_{i}")));
        CommandResult result = Muprobe.Run("stat", "-f", definitions, "-o", folder["counts"], "--", program, "7");
        Assert.True(result.ExitStatus == 0, result.ToString());
        string[] lines = File.ReadAllLines(folder["counts"]);
        Assert.Equal(Count, lines.Length);
        Assert.Single(lines, line => line.Contains(" e0 ", System.StringComparison.Ordinal) && line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[2] == "7");
        Assert.Equal(Count - 1, lines.Count(line => line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[2] == "0"));
    }
}
