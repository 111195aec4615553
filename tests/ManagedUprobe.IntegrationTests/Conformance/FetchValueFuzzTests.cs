using System.Globalization;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random arguments over memory that is known, on the live kernel and here: the same values.</summary>
/// <remarks>
/// Two differences are known, both flaws of the kernel's. Where the pointer inside a dereference cannot be read, it shows what an earlier hit left in the
/// record, we a fault: each such pointer is an argument of its own, too, and has to show that it could not be read. Where a text cannot be read, texts
/// are cut or overwritten: exactly as <see cref="KernelTexts"/> works out from ours.
/// </remarks>
[Collection(nameof(KernelErrorLog))]
public sealed class FetchValueFuzzTests
{
    [Fact]
    public async Task RandomArgumentsHaveTheKernelsValues()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        int wanted = Repeat.Choose(always: 1_000, inLongRuns: 20_000);
        using var folder = new PrivateFolder();
        string program = folder.Fixture("fetchvalues");
        var symbols = new ElfSymbols(program);
        (int evaluations, int flawed, int dropped) = (0, 0, 0);
        for (int run = 0; evaluations < wanted; run++)
        {
            var both = new FetchValueRun(FuzzSeed.First + run, program, symbols);
            string? difference = await both.RunAsync(eventCount: Repeat.Choose(always: 8, inLongRuns: 16), TestContext.Current.CancellationToken);
            Assert.True(difference is null, $"{FuzzSeed.Reproduce(run)}: {difference}");
            (evaluations, flawed, dropped) = (evaluations + both.Evaluations, flawed + both.Flawed, dropped + both.Dropped);
        }

        Assert.True(flawed < evaluations / 2, $"{flawed} beside {evaluations} values explained by flaws");
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture,
            $"{evaluations} equal evaluations from seed {FuzzSeed.First}; beside them {flawed} that differ by the kernel's flaws; {dropped} hits not compared"));
    }
}
