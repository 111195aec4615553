using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Vectors;

/// <summary>What the kernel answered to commands written to its event files: from the library, and from <c>muprobe parse</c> where that can show it.</summary>
[Trait("suite", "vectors")]
public sealed class EventFileVectorTests
{
    private const string Errors = "kernel-error-vectors.tsv";
    private const string Good = "kernel-good-vectors.tsv";

    private readonly EventTable _table = new(new HostProbeFiles());

    public static TheoryData<int, string> ErrorRows => VectorFile.Rows(Errors);

    public static TheoryData<int, string> GoodRows => VectorFile.Rows(Good);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(ErrorRows))]
    public void ACommandIsRefusedAsTheKernelRefusesIt(int number, string id)
    {
        Dictionary<string, string> row = VectorFile.Read(Errors)[number];
        bool isLogged = row["message"] != "-";
        string caret = isLogged
            ? VectorFixture.Caret(row["logged"], int.Parse(row["caret"], CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)
            : "-";
        SetUp(row["setup"]);

        UprobeException error = Assert.Throws<UprobeException>(() => Apply(row["file"], VectorFixture.Substitute(row["command"])));

        Assert.Equal(
            (id, row["errno"], row["message"], caret, isLogged ? VectorFixture.Substitute(row["logged"]) : "-"),
            (id, error.Errno.ToString(), isLogged ? error.Message : "-", Column(error), isLogged ? error.Command : "-"));
        Assert.Equal(VectorFixture.Substitute(row["events_after"]), Listing());
        if (ParsedVectors.CanShow(row))
        {
            Assert.Equal($"error\t{row["errno"]}\t{caret}\t{row["message"]}", ParsedVectors.FirstError(Errors, number));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GoodRows))]
    public void ACommandIsAcceptedAndListedAsTheKernelListsIt(int number, string id)
    {
        Dictionary<string, string> row = VectorFile.Read(Good)[number];
        SetUp(row["setup"]);
        Apply(row["file"], VectorFixture.Substitute(row["command"]));

        string listing = VectorFixture.Substitute(row["listing"]);
        Assert.Equal((id, listing), (id, Listing()));
        if (ParsedVectors.CanShow(row))
        {
            Assert.Equal(ParsedVectors.Added(row["command"], listing), ParsedVectors.Accepted(Good, number));
        }
    }

    private static string Column(UprobeException error) =>
        error.Position >= 0 ? error.Position.ToString(CultureInfo.InvariantCulture) : "-";

    private void SetUp(string setup)
    {
        foreach (string command in setup.Split(" ;; ", StringSplitOptions.RemoveEmptyEntries))
        {
            if (command.StartsWith("@enable ", StringComparison.Ordinal))
            {
                string[] name = command["@enable ".Length..].Split('/');
                _table.SetBusy(name[0], name[1], busy: true);
            }
            else
            {
                Apply("uprobe_events", VectorFixture.Substitute(command));
            }
        }
    }

    private void Apply(string file, string text)
    {
        switch (file)
        {
            case "uprobe_events":
                _table.Write(KernelText.ToBytes(text));
                break;
            case "dynamic_events":
                _table.Write(KernelText.ToBytes(text), EventFile.DynamicEvents);
                break;
            default:
                Enable(file, text);
                break;
        }
    }

    // events/GROUP/EVENT/enable
    private void Enable(string file, string text)
    {
        string[] folders = file.Split('/');
        Assert.Equal(("events", "enable"), (folders[0], folders[^1]));
        Assert.True(EnableFile.Parse(text));
        foreach (TraceUprobe probe in _table.Probes)
        {
            if (probe.Group == folders[1] && probe.Event == folders[2])
            {
                EnableFile.CheckPlace(probe, probe.File.Size);
            }
        }
    }

    private string Listing() => KernelText.FromBytes(_table.Read()).TrimEnd('\n');
}
