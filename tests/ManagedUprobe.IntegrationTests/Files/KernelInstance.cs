using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>Files of the live kernel: an instance and a group of events of our own, cleaned up at the end.</summary>
internal sealed class KernelInstance : IDisposable
{
    private static int s_count;

    private readonly TraceFsMount _mount = new();
    private readonly string _instance;

    private KernelInstance()
    {
        string unique = Interlocked.Increment(ref s_count).ToString(CultureInfo.InvariantCulture);
        Group = $"{StaleTraceFs.NamePrefix}{Environment.ProcessId}_files{unique}";
        _instance = _mount["instances/" + Group];
    }

    /// <summary>Group of our events.</summary>
    public string Group { get; }

    /// <summary>Skips the calling test where the kernel cannot serve.</summary>
    public static KernelInstance Open()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        return new KernelInstance();
    }

    /// <summary>Defines an event of our group. All are defined before the instance is used.</summary>
    public void Define(string definition) => Append(_mount["uprobe_events"], definition);

    /// <summary>Deletes an event of our group.</summary>
    public void Delete(string name) => Append(_mount["uprobe_events"], $"-:{Group}/{name}");

    /// <summary>A file that there is once for all.</summary>
    public string ReadGlobal(string file) => File.ReadAllText(_mount[file], Encoding.Latin1);

    /// <summary>A file of the instance.</summary>
    public string Read(string file) => File.ReadAllText(Path.Combine(Instance(), file), Encoding.Latin1);

    /// <summary>Writes to a file of the instance, without truncating it.</summary>
    public void Write(string file, string text) => Append(Path.Combine(Instance(), file), text);

    public void Dispose()
    {
        Clean();
        _mount.Dispose();
    }

    /// <summary>Removes the instance and all of our events.</summary>
    public void Clean()
    {
        if (Directory.Exists(_instance))
        {
            if (Directory.Exists(Path.Combine(_instance, "events", Group)))
            {
                Write($"events/{Group}/enable", "0");
            }

            Directory.Delete(_instance);
        }

        foreach (string name in ReadGlobal("uprobe_events").Split('\n')
            .Where(line => line.Contains($":{Group}/", StringComparison.Ordinal)).Select(line => line.Split(' ')[0].Split('/')[1]).Distinct(StringComparer.Ordinal))
        {
            Delete(name);
        }
    }

    private string Instance() => Directory.CreateDirectory(_instance).FullName;

    private static void Append(string path, string text)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(Encoding.Latin1.GetBytes(text));
    }
}
