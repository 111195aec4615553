using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ManagedUprobe.Tests.Architecture;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>Hist triggers as a kernel that has them (6.18.15) answered: what a write gives and logs, what trigger and hist show after a run of the fixture.</summary>
public sealed partial class HistAnswersTests
{
    private static readonly List<Answer> s_answers = JsonSerializer.Deserialize<List<Answer>>(
        File.ReadAllText(Path.Combine(Repository.Root, "tests/Data/hist-answers.json")))!;

    private readonly TestTree _tree = new();

    public HistAnswersTests() =>
        _tree.Write("uprobe_events", $"p:g/h /x:1 {HistRecords.Arguments}\np:g/e /x:2 x=%di\nr:g/rh /x:1\n");

    public static TheoryData<int, string> Cases
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach ((int number, Answer answer) in s_answers.Index())
            {
                data.Add(number, string.Join(" ;; ", answer.Steps.Select(step => step.Write)));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnswersAsTheKernelDid(int number, string commands)
    {
        Answer answer = s_answers[number];
        Assert.NotEmpty(commands);
        foreach (Step step in answer.Steps)
        {
            string before = _tree.Read("error_log");
            Errno errno = _tree.TryWrite("events/g/h/trigger", step.Write, append: true);
            Assert.Equal((step.Write, step.Errno), (step.Write, errno == 0 ? "OK" : errno.ToString()));
            Assert.Equal(step.Log, LoggedSince(before));
        }

        string trigger = _tree.Read("events/g/h/trigger");
        Assert.Equal(answer.Trigger, trigger.StartsWith('#') ? "" : trigger);
        new HistRecords().FireAll(_tree.Array.Find("g", "h")!);
        string hist = Encoding.Latin1.GetString(_tree.Files.ReadBytes("events/g/h/hist"));
        Assert.Equal(Masked(string.Join('\n', answer.Hist)), Masked(hist));
    }

    private string LoggedSince(string before)
    {
        string log = _tree.Read("error_log");
        if (log == before)
        {
            return "";
        }

        string[] lines = log.Split('\n')[^4..^1];
        string[] head = lines[0][(lines[0].IndexOf(']') + 2)..].Split(": error: ");
        return $"{head[0]}|{head[1]}|{lines[1][11..]}|{lines[2].IndexOf('^') - 11}";
    }

    /// <summary>Without what differs from run to run. Entries that the order leaves equal stand in no order: they are sorted.</summary>
    private static string Masked(string hist)
    {
        string text = RunDependent().Replace(hist, "$1: - ");
        bool isTotalOrder = text.Contains(":sort=", StringComparison.Ordinal) && !text.Contains(":sort=hitcount:", StringComparison.Ordinal);
        string[] lines = text.TrimEnd('\n').Split('\n');
        return isTotalOrder ? string.Join('\n', lines) : string.Join('\n', lines.Select((line, i) => (line, i)).OrderBy(Rank).Select(pair => pair.line));
    }

    // Lines of one histogram keep their place but for entries, which are ordered by count and text.
    private static string Rank((string Line, int Index) pair) =>
        pair.Line.StartsWith("{ ", StringComparison.Ordinal)
            ? "1 " + HitCount().Match(pair.Line).Groups[1].Value.PadLeft(10) + pair.Line
            : "0 " + pair.Line;

    [GeneratedRegex(@"\b(common_pid|common_type|__probe_ip|p): [^,}]*")]
    private static partial Regex RunDependent();

    [GeneratedRegex(@"hitcount: +(\d+)")]
    private static partial Regex HitCount();

    private sealed record Step(string Write, string Errno, string Log);

    private sealed record Answer(List<Step> Steps, string Trigger, List<string> Hist);
}
