using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Tests.Support;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.Tests.Events;

/// <summary>The conformance vectors: what the kernel answered, row by row.</summary>
public sealed class KernelVectorTests : IDisposable
{
    private readonly VectorFolder _folder = new();
    private readonly EventTable _table = new(new HostProbeFiles());

    public static TheoryData<string> ErrorRows => [.. VectorFile.Read("kernel-error-vectors.tsv").Select(row => row["id"])];

    public static TheoryData<string> GoodRows => [.. VectorFile.Read("kernel-good-vectors.tsv").Select(row => row["id"])];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(ErrorRows))]
    public void RefusesAsTheKernelDoes(string id)
    {
        Dictionary<string, string> row = VectorFile.Read("kernel-error-vectors.tsv").Single(row => row["id"] == id);
        SetUp(row["setup"]);
        UprobeException error = Assert.Throws<UprobeException>(() => Apply(row["file"], _folder.Substitute(row["command"])));

        Assert.Equal(row["errno"], error.Errno.ToString());
        bool isLogged = row["message"] != "-";
        Assert.Equal(row["caret"], isLogged ? error.Position.ToString(CultureInfo.InvariantCulture) : "-");
        Assert.Equal(isLogged, error.Position >= 0);
        if (isLogged)
        {
            Assert.Equal(row["message"], error.Message);
            Assert.Equal(_folder.Substitute(row["logged"]), error.Command);
        }

        Assert.Equal(_folder.Substitute(row["events_after"]), Listing());
    }

    [Theory]
    [MemberData(nameof(GoodRows))]
    public void AcceptsAndListsAsTheKernelDoes(string id)
    {
        Dictionary<string, string> row = VectorFile.Read("kernel-good-vectors.tsv").Single(row => row["id"] == id);
        SetUp(row["setup"]);
        Apply(row["file"], _folder.Substitute(row["command"]));
        Assert.Equal(_folder.Substitute(row["listing"]), Listing());
    }

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
                Apply("uprobe_events", _folder.Substitute(command));
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
                Enable(text);
                break;
        }
    }

    private void Enable(string text)
    {
        Assert.True(EnableFile.Parse(text));
        EnableFile.CheckPlace(_table.Probes[0], _table.Probes[0].File.Size);
    }

    private string Listing() => KernelText.FromBytes(_table.Read()).TrimEnd('\n');
}
