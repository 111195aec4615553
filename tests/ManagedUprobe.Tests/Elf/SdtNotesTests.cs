using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class SdtNotesTests : IDisposable
{
    private const string Source = """
        .macro marker address, provider, name, arguments, semaphore
        .pushsection .note.stapsdt, "", "note"
        .balign 4
        .4byte 8, 2f - 1f, 3
        .asciz "stapsdt"
        1: .8byte \address, BASE, \semaphore
        .asciz "\provider"
        .asciz "\name"
        .asciz "\arguments"
        2: .balign 4
        .popsection
        .endm
        .section .stapsdt.base, "aG", "progbits", .stapsdt.base, comdat
        _.stapsdt.base: .space 1
        .section .probes, "aw"
        counter: .2byte 0
        .text
        .globl _start
        _start: nop
        first: nop
        second: ret
        marker first, app, started, "4@%edi -8@16(%rsp)", 0
        marker second, app, ended, "", counter
        marker 0xdead0000000, app, nowhere, "", 0
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ReadsMarkersWithTheirSemaphores()
    {
        using ElfFile file = Build("_.stapsdt.base");
        CheckMarkers(file);
    }

    [Fact]
    public void CorrectsAddressesByTheMovedBase()
    {
        // The notes were written for a base 0x100 lower than where it ended up, so all addresses in them are 0x100 too low.
        using ElfFile file = Build("_.stapsdt.base - 0x100", "- 0x100");
        CheckMarkers(file);
    }

    [Fact]
    public void ReadsTheMarkersThatReadelfShows()
    {
        int markers = 0;
        foreach (string path in SystemFiles.Sample(30).Concat(SystemFiles.All.Where(path => path.Contains("stdc++", StringComparison.Ordinal))))
        {
            using var file = ElfFile.Open(path);
            string[] expected = [.. Tool.Lines("readelf", "-nW", path)
                .Where(line => line.StartsWith("    Name: ", StringComparison.Ordinal) || line.StartsWith("    Location: ", StringComparison.Ordinal))];
            Assert.Equal(expected.Count(line => line.StartsWith("    Name: ", StringComparison.Ordinal)), file.SdtMarkers.Count);
            foreach (SdtNote marker in file.SdtMarkers)
            {
                Assert.Contains($"    Name: {marker.Name}", expected);
                Assert.Contains(expected, line => line.StartsWith($"    Location: 0x{marker.Vaddr:x16},", StringComparison.Ordinal));
            }

            markers += file.SdtMarkers.Count;
        }

        Assert.SkipWhen(markers == 0, "no file of this system has USDT markers");
    }

    public void Dispose() => _folder.Dispose();

    private static void CheckMarkers(ElfFile file)
    {
        IReadOnlyList<SdtNote> markers = file.SdtMarkers;
        Assert.Equal(2, markers.Count);
        ulong first = file.FindLabels("first")[0].Offset;
        Assert.Equal(("app", "started", first, 0u, "4@%edi -8@16(%rsp)"), Fields(markers[0]));
        Assert.True(file.TryVaddrToOffset(file.FindLabels("counter")[0].Vaddr, out ulong counter));
        Assert.Equal(("app", "ended", first + 1, counter, string.Empty), Fields(markers[1]));
    }

    private static (string Provider, string Name, ulong Offset, ulong Semaphore, string Arguments) Fields(SdtNote marker) =>
        (marker.Provider, marker.Name, marker.Offset, marker.SemaphoreOffset, marker.Arguments);

    private ElfFile Build(string baseAddress, string delta = "")
    {
        string text = Source
            .Replace("BASE", baseAddress, StringComparison.Ordinal)
            .Replace("marker first", $"marker \"first {delta}\"", StringComparison.Ordinal)
            .Replace("marker second", $"marker \"second {delta}\"", StringComparison.Ordinal)
            .Replace("\"\", counter", $"\"\", \"counter {delta}\"", StringComparison.Ordinal);
        return ElfFile.Open(Tool.Compile(_folder, "a.s", text + "\n", "-nostdlib", "-static", "-no-pie"));
    }
}
