using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>The texts of files against the live kernel's, for the same definitions and hits; times, pids, CPUs and addresses apart.</summary>
public sealed partial class FilesMatchKernelTests
{
    [Fact]
    public void FormatsAreTheKernels()
    {
        using var kernel = KernelInstance.Open();
        using var folder = new PrivateFolder();
        string program = folder.Fixture("calls");
        var files = new TraceFs();
        string[] definitions = [.. File.ReadLines(RepoRoot.Combine("tests/Data/formats.txt")).Where(line => line.StartsWith('#')).Select(line => line[2..])];
        Assert.NotEmpty(definitions);
        foreach (string definition in definitions)
        {
            string[] parts = definition.Split(' ', 2);
            string command = $"{parts[0]}:{kernel.Group}/e {program}:0x1149 {string.Concat(parts[1..])}";
            kernel.Define(command);
            files.WriteText("uprobe_events", command);
            string format = $"events/{kernel.Group}/e/format";
            Assert.Equal(MaskId(kernel.ReadGlobal(format)), MaskId(files.ReadText(format)));
            kernel.Delete("e");
        }
    }

    [Theory]
    [InlineData("tracing_on=1")]
    [InlineData("tracing_on=0")]
    [InlineData("options/irq-info=0")]
    [InlineData("options/context-info=0")]
    [InlineData("options/record-tgid=1")]
    [InlineData("trace_options=noirq-info", "trace_options=record-tgid")]
    [InlineData("trace_clock=counter")]
    [InlineData("trace_clock=mono_raw")]
    [InlineData("set_event_pid=1")]
    [InlineData("options/userstacktrace=1")]
    [InlineData("options/userstacktrace=1", "options/raw=1", "events/GROUP/f1/filter=a == 1")]
    public async Task TraceAndProfileAreTheKernels(params string[] writes)
    {
        using var kernel = KernelInstance.Open();
        using var folder = new PrivateFolder();
        string program = folder.Fixture("calls_framed");
        string place = $"{program}:0x{ElfSymbols.OffsetOf(program, "f1"):x}";
        await using var session = UprobeSession.Launch("sh", ["-c", "exec \"$0\" 3 >/dev/null", program], new SessionOptions { CountOnly = true });
        string[] definitions = [$"p:{kernel.Group}/f1 {place} a=%di:s32 s=$comm", $"r:{kernel.Group}/r1 {place} v=$retval:s32"];
        TraceFs files = session.TraceFs;
        foreach (string definition in definitions)
        {
            kernel.Define(definition);
            files.WriteText("uprobe_events", definition, append: true);
        }

        foreach (string[] write in writes.Append($"events/{kernel.Group}/enable=1").Select(each => each.Split('=', 2)))
        {
            kernel.Write(write[0], write[1]);
            files.WriteText(write[0].Replace("GROUP", kernel.Group, StringComparison.Ordinal), write[1], append: true);
        }

        _ = CommandRunner.Run(program, "3");
        string trace = kernel.Read("trace");
        string profile = Profile(kernel.ReadGlobal("uprobe_profile"), program);

        // With the kernel's probes in place both would hit.
        kernel.Clean();
        Assert.Equal(0, await session.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Mask(trace), Mask(files.ReadText("trace")));
        Assert.Equal(profile, Profile(files.ReadText("uprobe_profile"), program));
    }

    private static string MaskId(string format) => Id().Replace(format, "ID: N");

    private static string Mask(string trace) => Event().Replace(Address().Replace(trace, "ADDRESS"), "#");

    private static string Profile(string text, string program) =>
        string.Concat(text.Split('\n').Where(line => line.Contains(program, StringComparison.Ordinal)).Select(line => line + "\n"));

    [GeneratedRegex(@"ID: \d+")]
    private static partial Regex Id();

    [GeneratedRegex("(?:0x|<0000)[57][0-9a-f]{11}")]
    private static partial Regex Address();

    // What stays is the comm, and that there is a flag column (whose letters mean nothing for a uprobe) and a process; and the numbers of kinds of records.
    [GeneratedRegex(@"(?<=\] )[.\w]{5}(?= )|\d+ +(?=(\(|\[))|(?<=\( *)\d+(?=\) \[)|(?<=\[)\d{3}(?=\])| +\d+(\.\d{6})?: (?=[fr]1: |<user)|^\d+ \d+ \d+ (?=type: )|(?<=type: )\d{4,}$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Event();
}
