using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Attaching;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.IntegrationTests.Survival;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Reference counters (the semaphores of USDT markers): programs see in them that somebody listens.</summary>
public sealed class RefCounterTests : IDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly string _program;
    private readonly string _library;

    public RefCounterTests()
    {
        _program = _folder.Fixture("semaphore", "libsemaphore.so");
        _library = _folder["libsemaphore.so"];
    }

    [Fact]
    public void APlaceCountsInTheProgramAndInItsChildren()
    {
        TraceRun run = Muprobe.StatDefinitions([Define("a", "work")], new Command(_program));
        Assert.Equal((1, 1, 2), (run.Result.Number("enabled"), run.Result.Number("child"), run.Hits["a"]));
    }

    [Fact]
    public void EachPlaceCountsWhateverTheNumberOfItsEvents()
    {
        string[] definitions = [Define("a", "work"), Define("b", "work", "r"), Define("c", "other")];
        TraceRun run = Muprobe.StatDefinitions(definitions, new Command(_program));
        Assert.Equal((2, 2), (run.Result.Number("enabled"), run.Result.Number("child")));
    }

    [Fact]
    public void AChildThatIsLeftAloneCountsNothing()
    {
        TraceRun run = Muprobe.StatDefinitions([Define("a", "work")], new Command(_program), "--no-follow");
        Assert.Equal((1, 0), (run.Result.Number("enabled"), run.Result.Number("child")));
    }

    [Fact]
    public void ALibraryThatIsLoadedLateCountsOnceItsDataIsMapped()
    {
        string definition = $"p:l {_library}:0x{ElfSymbols.OffsetOf(_library, "library_work"):x}(0x{Counter(_library, "library_semaphore"):x})";
        TraceRun run = Muprobe.StatDefinitions([definition], new Command(_program, _library));
        Assert.Equal((0, 1, 1), (run.Result.Number("enabled"), run.Result.Number("library"), run.Hits["l"]));
    }

    [Fact]
    public void WhoeverIsLeftFindsTheCounterAsItWas()
    {
        using var shell = new RunningCommand(new Command("sh", "-c", "\"$0\" wait; exit $?", _program));
        int pid = int.Parse(shell.WaitForOutput("ready ").Split(' ')[1], CultureInfo.InvariantCulture);
        var place = new Uprobe(_program, ElfSymbols.OffsetOf(_program, "work"), Counter(_program, "semaphore"));
        var other = new Uprobe(_program, ElfSymbols.OffsetOf(_program, "other"), Counter(_program, "semaphore"));
        var counts = new List<int> { ReadCounter(pid) };
        using (var session = UprobeSession.Attach(pid))
        {
            UprobeRegistration registration = session.Register(place, new CountingConsumer());
            counts.Add(ReadCounter(pid));
            _ = session.Register(other, new CountingConsumer());
            counts.Add(ReadCounter(pid));
            registration.Dispose();
            counts.Add(ReadCounter(pid));
        }

        counts.Add(ReadCounter(pid));
        Assert.Equal([0, 1, 2, 1, 0], counts);
        Assert.Equal(0, shell.WaitForEnd().ExitStatus);
    }

    [Fact]
    [Scenario(59)]
    public void AKilledTracersCountIsTakenBack()
    {
        using var target = new RunningCommand(new Command(_program, "wait"));
        _ = target.WaitForOutput("ready ");
        string pid = target.Id.ToString(CultureInfo.InvariantCulture);
        using (var tracer = new RunningCommand(new Command(Muprobe.Path, "stat", "-v", "-p", pid, "-e", Define("a", "work"), "-e", Define("b", "other"))))
        {
            _ = tracer.WaitForErrors($"muprobe: process {pid} (semaphore): attached");
            Assert.Equal(2, ReadCounter(target.Id));
            tracer.Signal("KILL");
            _ = tracer.WaitForEnd();
        }

        while (ReadCounter(target.Id) > 0 || MappedText.FindDifference(target.Id) != null)
        {
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }

        // Who repairs again takes nothing.
        _ = Muprobe.Run("repair", pid);
        Assert.Equal(0, ReadCounter(target.Id));
        Assert.Equal(0, target.WaitForEnd().ExitStatus);
    }

    [Fact]
    public void OnePlaceHasOneCounterAtAnEvenOffset()
    {
        using var session = UprobeSession.Launch(_program, []);
        ulong offset = ElfSymbols.OffsetOf(_program, "work");
        ulong counter = Counter(_program, "semaphore");
        _ = session.Register(new Uprobe(_program, offset, counter), new CountingConsumer());
        Assert.Equal(Errno.EINVAL, Refusal(session, new Uprobe(_program, offset, counter + 2)).Errno);
        Assert.Equal(Errno.EINVAL, Refusal(session, new Uprobe(_program, offset)).Errno);
        Assert.Equal(Errno.EINVAL, Refusal(session, new Uprobe(_program, offset + 1, counter + 1)).Errno);
    }

    [Fact]
    public void TheKernelCountsTheSame()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        string library = $"p:l {_library}:0x{ElfSymbols.OffsetOf(_library, "library_work"):x}(0x{Counter(_library, "library_semaphore"):x})";
        IEnumerable<string> definitions = new[] { Define("a", "work"), Define("b", "other", "r"), library }.SelectMany(line => new[] { "-e", line });
        CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, ["compare", .. definitions, "--", _program, _library]));
        Assert.True(result.ExitStatus == 0, result.ToString());
    }

    public void Dispose() => _folder.Dispose();

    private static UprobeException Refusal(UprobeSession session, Uprobe place) =>
        Assert.Throws<UprobeException>(() => session.Register(place, new CountingConsumer()));

    private static ulong Counter(string path, string symbol) => ElfSymbols.OffsetOf(path, symbol);

    private string Define(string name, string symbol, string kind = "p") =>
        $"{kind}:{name} {_program}:0x{ElfSymbols.OffsetOf(_program, symbol):x}(0x{Counter(_program, "semaphore"):x})";

    private int ReadCounter(int pid)
    {
        string first = File.ReadLines($"/proc/{pid}/maps").First(line => line.EndsWith(_program, StringComparison.Ordinal));
        ulong start = ulong.Parse(first.Split('-')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        using var memory = new FileStream($"/proc/{pid}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        memory.Position = (long)(start + new ElfSymbols(_program).VaddrOf("semaphore"));
        byte[] bytes = new byte[2];
        memory.ReadExactly(bytes);
        return BitConverter.ToInt16(bytes);
    }
}
