using System;
using System.IO;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Text in memory that is not an ordinary private mapping of an ordinary file.</summary>
public sealed class OddTextTests : IDisposable
{
    private const int Each = 5;

    private readonly PrivateFolder _folder = new();
    private readonly string _program;
    private readonly string _library;
    private readonly ulong _offset;

    public OddTextTests()
    {
        _program = _folder.Fixture("odd_text", "libtext.so");
        _library = _folder["libtext.so"];
        _offset = ElfSymbols.OffsetOf(_library, "text_work");
    }

    [Theory]
    [Scenario(22, 65)]
    [InlineData("memfd")]
    [InlineData("huge")]
    [InlineData("deleted")]
    public void AFileWithoutANameIsProbedByItsDescriptor(string kind)
    {
        using RunningCommand target = Start(kind, out string pid, out string descriptor);
        using RunningCommand tracer = AttachTo(pid, $"/proc/{pid}/fd/{descriptor}");

        AssertRight(target.WaitForEnd());

        Assert.Equal(Each, Hits(tracer));
    }

    [Fact]
    [Scenario(23)]
    public void TextInSharedMemoryIsLeftAloneAndSoIsItsFile()
    {
        byte[] before = File.ReadAllBytes(_library);
        using RunningCommand target = Start("shared", out string pid, out _);
        using RunningCommand tracer = AttachTo(pid, _library);
        Assert.Equal(before, File.ReadAllBytes(_library));

        AssertRight(target.WaitForEnd());

        Assert.Equal(0, Hits(tracer));
        Assert.Equal(before, File.ReadAllBytes(_library));
    }

    [Fact]
    [Scenario(21)]
    public void WhatTheProgramHasWrittenOverAProbeStays()
    {
        using RunningCommand target = Start("patched", out string pid, out _);
        using RunningCommand tracer = AttachTo(pid, _library);
        target.CloseInput();
        _ = target.WaitForOutput("patched");

        tracer.Signal("INT");

        Assert.Equal(Each, Hits(tracer));
        CommandResult result = target.WaitForEnd();
        AssertRight(result);
        Assert.Equal(1, result.Number("intact"));
        Assert.EndsWith("sum 210\npatched\nsum 210\nintact 1\ncalls 5\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Scenario(65)]
    public void OfAReplacedFileEachGenerationIsProbedByItself()
    {
        string path = _folder.Copy(Fixture.Path("waiting"));
        ulong offset = ElfSymbols.OffsetOf(path, "f1");
        using var target = new RunningCommand(new Command(path, $"{Each}"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        File.Move(_folder.Copy(path, "next"), path, overwrite: true);
        using RunningCommand tracer = Attach(pid, "waiting", $"p:g/new {path}:0x{offset:x}", $"p:g/old /proc/{pid}/exe:0x{offset:x}");

        Assert.Equal(Each, target.WaitForEnd().Number("calls"));

        Assert.Equal((0, Each), (Hits(tracer, "new"), Hits(tracer, "old")));
    }

    public void Dispose() => _folder.Dispose();

    private RunningCommand Start(string kind, out string pid, out string descriptor)
    {
        var target = new RunningCommand(new Command(_program, kind, $"{Each}"));
        string[] words = target.WaitForOutput("ready ").Split(' ');
        (pid, descriptor) = (words[1], words[2]);
        return target;
    }

    private RunningCommand AttachTo(string pid, string path) => Attach(pid, "odd_text", $"p:g/w {path}:0x{_offset:x}");

    private RunningCommand Attach(string pid, string name, params string[] definitions)
    {
        var tracer = new RunningCommand(new Command(
            Muprobe.Path, ["stat", "-v", "-o", _folder["report"], .. Array.ConvertAll(definitions, definition => $"-e{definition}"), "-p", pid]));
        _ = tracer.WaitForErrors($"muprobe: process {pid} ({name}): attached");
        return tracer;
    }

    private long Hits(RunningCommand tracer, string name = "w")
    {
        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        return UprobeProfile.Parse(File.ReadAllText(_folder["report"]), _ => true)[name];
    }

    private static void AssertRight(CommandResult result)
    {
        Assert.Equal((0, Each), (result.ExitStatus, result.Number("calls")));
        Assert.Contains("sum 345\n", result.Output, StringComparison.Ordinal);
    }
}
