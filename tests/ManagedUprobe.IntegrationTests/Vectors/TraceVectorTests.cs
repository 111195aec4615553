using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Vectors;

/// <summary>What the kernel recorded while the fixture ran: the same definitions on the same program here, really run.</summary>
[Trait("suite", "vectors")]
public sealed partial class TraceVectorTests
{
    private const string Name = "trace-vectors.tsv";

    public static TheoryData<int, string> Rows => VectorFile.Rows(Name);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Rows))]
    public async Task ThePrintedEventsAreTheKernels(int number, string id)
    {
        Dictionary<string, string> row = VectorFile.Read(Name)[number];
        IReadOnlyList<string> definitions = InOrderOfEnabling(row["commands"].Split(" ;; ").Select(VectorFixture.Substitute));
        string[] arguments = [.. row["run"].Split(' ').Select(VectorFixture.Substitute)];

        string lines = await Trace(definitions, arguments);

        Assert.Equal((id, row["lines"]), (id, lines));
    }

    /// <summary>An event is enabled with all of its probes, when its first one was defined.</summary>
    private static IReadOnlyList<string> InOrderOfEnabling(IEnumerable<string> definitions) =>
        [.. definitions.GroupBy(definition => definition.Split(' ')[0][2..]).SelectMany(group => group)];

    private static async Task<string> Trace(IReadOnlyList<string> definitions, string[] arguments)
    {
        using var folder = new PrivateFolder();
        await using (var session = UprobeSession.Launch(VectorFixture.Program, arguments, new SessionOptions { Force = true }))
        {
            foreach (string definition in definitions)
            {
                Add(session, definition);
            }

            using var output = OutputDescriptor.Open(folder["events"]);
            var pump = new TracePump(session, new TraceTextFormatter(), output, long.MaxValue);
            var reading = Task.Run(pump.Run);
            session.Start();
            await reading.WaitAsync(TimeSpan.FromSeconds(60));
            _ = await session.WaitForExitAsync();
        }

        string text = await File.ReadAllTextAsync(folder["events"], Encoding.Latin1);
        return string.Join('\n', text.Split('\n').Where(line => line.Length > 0).Select(Mask));
    }

    private static void Add(UprobeSession session, string definition)
    {
        try
        {
            session.AddEvent(definition);
        }
        catch (UprobeException error) when (error.Command is null)
        {
            // A good definition whose place cannot be armed: nobody maps the file yet, so the kernel says nothing, and it never fires.
        }
    }

    private static string Mask(string line)
    {
        line = Prefix().Replace(line, string.Empty, 1);
        line = Return().Replace(line, "(RET <- FUNC)");
        return Address().Replace(line, "(IP)");
    }

    [GeneratedRegex(@"^.*?\d+\.\d+: ")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\(0x[0-9a-f]+ <- 0x[0-9a-f]+\)")]
    private static partial Regex Return();

    [GeneratedRegex(@"\(0x[0-9a-f]+\)")]
    private static partial Regex Address();
}
