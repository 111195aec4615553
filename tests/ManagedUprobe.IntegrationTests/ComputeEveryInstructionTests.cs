using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>A probe on every instruction of functions that compute: results, counts and sequence as without probes.</summary>
public sealed class ComputeEveryInstructionTests : IDisposable
{
    /// <summary>Left out of the comparison: the kernel kills a program at a probed <c>pushf</c>, and counts a repeated
    /// string instruction once an iteration, because its single step comes back to the breakpoint.</summary>
    private static readonly string[] s_differentInKernel = ["pushf", "rep"];

    private readonly PrivateFolder _folder = new();
    private readonly string _program;
    private readonly IReadOnlyList<(ulong Offset, string Text)> _instructions;

    public ComputeEveryInstructionTests()
    {
        _program = _folder.Fixture("compute");
        string[] functions = [.. new ElfSymbols(_program).Names.Where(IsComputing)];
        _instructions = InstructionBoundaries.Disassemble(_program, functions);
        Assert.True(_instructions.Count > 400);
    }

    private Command Program => new(_program);

    [Theory]
    [Scenario(13, 19)]
    [InlineData("boost")]
    [InlineData("single")]
    public void CountsAreThoseOfARecording(string step)
    {
        CommandResult untraced = CommandRunner.Run(Program);
        Dictionary<ulong, long> recording = Record();

        TraceRun ours = Muprobe.Stat(Probes(), Program, "--step", step);

        Compare.SameResult(untraced, ours.Result);
        Assert.Empty(Differences(offset => recording.GetValueOrDefault(offset), offset => ours.Hits.GetValueOrDefault(Name(offset))));
    }

    [Theory]
    [Scenario(13)]
    [InlineData("boost")]
    [InlineData("single")]
    public void SequenceIsThatOfARecording(string step)
    {
        string[] expected = RecordingSummary();

        TraceRun ours = Muprobe.Trace(Probes(), Program, "--step", step);

        ulong hash = 0xcbf29ce484222325;
        foreach (TraceLine line in ours.Lines)
        {
            ulong offset = ulong.Parse(line.Event.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            hash = unchecked((hash ^ offset) * 0x100000001b3);
        }

        Assert.Equal(expected, new[] { $"length {ours.Lines.Count}", $"hash {hash:x16}" });
    }

    [Fact]
    public void HitsAreTheKernelsWhereItAccepts()
    {
        using var oracle = TraceFsOracle.Open();
        CommandResult untraced = CommandRunner.Run(Program);
        Probe[] accepted = [.. Probes(text => !Array.Exists(s_differentInKernel, text.StartsWith))];
        TraceRun kernel = oracle.Count(accepted, Program);
        // Its output is not compared: the kernel takes the opcode behind a VEX prefix for one of one byte, so it
        // emulates vpbroadcastb (78) as js and the AVX2 result is wrong; the counts are right all the same.
        Assert.Equal(untraced.ExitStatus, kernel.Result.ExitStatus);

        TraceRun ours = Muprobe.Stat(Probes(), Program);

        Compare.SameResult(untraced, ours.Result);
        string[] refused = [.. kernel.Hits.Where(hit => hit.Value == 0).Select(hit => hit.Key)];
        Assert.True(refused.Length < _instructions.Count / 5);
        Assert.Empty(Differences(
            offset => kernel.Hits.GetValueOrDefault(Name(offset)),
            offset => kernel.Hits.GetValueOrDefault(Name(offset)) == 0 ? 0 : ours.Hits.GetValueOrDefault(Name(offset))));
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static bool IsComputing(string name)
    {
        return name.StartsWith("hash_", StringComparison.Ordinal) || name.StartsWith("vector_", StringComparison.Ordinal)
            || name is "scalar_x87" or "asm_compute" or "asm_fold" or "asm_where" or "asm_three" or "asm_red_zone"
                or "asm_stack" or "asm_loops" or "asm_table" or "asm_strings" or "asm_flags" or "asm_memory";
    }

    private static string Name(ulong offset)
    {
        return $"o_{offset:x}";
    }

    private IEnumerable<Probe> Probes(Func<string, bool>? wanted = null)
    {
        return _instructions.Where(instruction => wanted is null || wanted(instruction.Text))
            .Select(instruction => new Probe('p', Name(instruction.Offset), _program, instruction.Offset));
    }

    private IEnumerable<string> Differences(Func<ulong, long> expected, Func<ulong, long> actual)
    {
        return _instructions.Where(instruction => expected(instruction.Offset) != actual(instruction.Offset))
            .Select(instruction =>
                $"0x{instruction.Offset:x} {instruction.Text}: {actual(instruction.Offset)} not {expected(instruction.Offset)}");
    }

    private Dictionary<ulong, long> Record()
    {
        return RecordingLines().Where(line => line.StartsWith("0x", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .ToDictionary(fields => Convert.ToUInt64(fields[0], 16), fields => long.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    private string[] RecordingSummary()
    {
        return RecordingLines()[^2..];
    }

    private string[] RecordingLines()
    {
        string report = _folder["recording"];
        string[] ranges = [.. Ranges().SelectMany(range => new[] { $"{range.From:x}", $"{range.To:x}" })];
        string start = $"{ElfSymbols.OffsetOf(_program, "main"):x}";
        CommandResult recorded = CommandRunner.Run(new Command(Fixture.Path("steprec"), [report, start, .. ranges, "--", _program]));
        Compare.SameResult(CommandRunner.Run(Program), recorded);
        return File.ReadAllLines(report);
    }

    private IEnumerable<(ulong From, ulong To)> Ranges()
    {
        var symbols = new ElfSymbols(_program);
        return symbols.Names.Where(IsComputing).Select(name => (symbols.OffsetOf(name), symbols.OffsetOf(name) + symbols.SizeOf(name)));
    }
}
