using System.Globalization;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random commands to the live kernel and to us: the same verdict, errno, message, caret, logged command and list of events.</summary>
[Collection(nameof(KernelErrorLog))]
public sealed class DefinitionFuzzTests
{
    [Fact]
    public void RandomCommandsAreAnsweredAsTheKernelAnswersThem()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        int wanted = Repeat.Choose(always: 3_000, inLongRuns: 200_000);
        using var files = new FuzzFiles();
        using var kernel = new KernelEventFiles(files.Path, files.Tag);
        int commands = 0;
        int known = 0;
        for (int episode = 0; commands < wanted; episode++)
        {
            var run = new DefinitionEpisode(FuzzSeed.First + episode, files, kernel);
            string? difference = run.Run();
            Assert.True(difference is null, $"{FuzzSeed.Reproduce(episode)}: {difference}");
            kernel.Clear();
            commands += run.Commands;
            known += run.Known is null ? 0 : 1;
        }

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{commands} commands from seed {FuzzSeed.First}; {known} differences known of older kernels"));
    }
}
