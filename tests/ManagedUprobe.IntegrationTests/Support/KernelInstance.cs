using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ManagedUprobe.Native;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Files of the live kernel: a tracing instance and a group of events, both of our own, cleaned up at the end.</summary>
/// <remarks>In texts and names of files GROUP stands for the group.</remarks>
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
    /// <param name="definitions">Events to define.</param>
    public static KernelInstance Open(params string[] definitions)
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        var kernel = new KernelInstance();
        try
        {
            Array.ForEach(definitions, kernel.Define);
            return kernel;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    /// <summary>Path of a file of the instance, which is made when it is first asked for; all events are defined before.</summary>
    public string this[string file] => Path.Combine(Directory.CreateDirectory(_instance).FullName, file.Replace("GROUP", Group, StringComparison.Ordinal));

    /// <summary>Defines an event of our group.</summary>
    public void Define(string definition) => Require(TryDefine(definition), definition);

    /// <summary>As <see cref="Define"/>, where the kernel may refuse.</summary>
    public Errno TryDefine(string definition) => WriteOnce(_mount["uprobe_events"], definition.Replace("GROUP", Group, StringComparison.Ordinal));

    /// <summary>Deletes an event of our group.</summary>
    public void Delete(string name) => Require(WriteOnce(_mount["uprobe_events"], $"-:{Group}/{name}"), name);

    /// <summary>A file that there is once for all.</summary>
    public string ReadGlobal(string file) => File.ReadAllText(_mount[file], Encoding.Latin1);

    /// <summary>A file of the instance.</summary>
    public string Read(string file) => File.ReadAllText(this[file], Encoding.Latin1).Replace(Group, "GROUP", StringComparison.Ordinal);

    /// <summary>One write to a file of the instance, without truncating it.</summary>
    public void Write(string file, string text) => Require(TryWrite(file, text), $"{file} <- {text}");

    /// <summary>As <see cref="Write"/>, where the kernel may refuse.</summary>
    /// <returns>0, or what it failed with.</returns>
    public Errno TryWrite(string file, string text) => WriteOnce(this[file], text.Replace("GROUP", Group, StringComparison.Ordinal));

    /// <summary>Removes triggers, the instance and all of our events, in this order: a trigger holds its event.</summary>
    public void Clean()
    {
        if (Directory.Exists(_instance))
        {
            foreach (string name in Names())
            {
                RemoveTriggers(name);
                Write($"events/GROUP/{name}/enable", "0");
            }

            TraceFsMount.RemoveInstance(_instance);
        }

        foreach (string name in Names())
        {
            Delete(name);
        }
    }

    public void Dispose()
    {
        Clean();
        _mount.Dispose();
    }

    private void RemoveTriggers(string name)
    {
        foreach (string line in Read($"events/GROUP/{name}/trigger").Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            Write($"events/GROUP/{name}/trigger", "!" + line.Replace(":unlimited", "", StringComparison.Ordinal).Split(":count=")[0].Split(" if ")[0]);
        }
    }

    private List<string> Names() =>
        [.. ReadGlobal("uprobe_events").Split('\n')
            .Where(line => line.Contains($":{Group}/", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0].Split('/')[1]).Distinct(StringComparer.Ordinal)];

    private static void Require(Errno errno, string what)
    {
        if (errno != 0)
        {
            throw new InvalidOperationException($"{what}: {errno}");
        }
    }

    private static Errno WriteOnce(string path, string text)
    {
        Errno errno = Libc.Open(path, write: true, out int fd);
        if (errno == 0)
        {
            errno = Libc.WriteAll(fd, Encoding.Latin1.GetBytes(text));
            Libc.Close(fd);
        }

        return errno;
    }
}
