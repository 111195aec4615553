using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary>A tracing instance of the kernel's and a group of events, both of our own.</summary>
internal sealed class KernelInstance : IDisposable
{
    private readonly TraceFsMount _mount = new();
    private readonly string _instance;

    /// <summary>Defines events, then makes the instance.</summary>
    /// <param name="tag">Tells our instances apart.</param>
    /// <param name="definitions">Definitions in the group GROUP.</param>
    public KernelInstance(string tag, params string[] definitions)
    {
        Group = StaleTraceFs.NamePrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "_" + tag;
        _instance = _mount["instances/" + Group];
        try
        {
            foreach (string definition in definitions)
            {
                Require(WriteOnce(_mount["uprobe_events"], definition.Replace("GROUP", Group, StringComparison.Ordinal)), definition);
            }

            _ = Directory.CreateDirectory(_instance);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Group { get; }

    /// <summary>Path of a file of the instance; GROUP stands for our group.</summary>
    public string this[string file] => Path.Combine(_instance, file.Replace("GROUP", Group, StringComparison.Ordinal));

    /// <summary>One write(); GROUP stands for our group.</summary>
    /// <returns>0, or what it failed with.</returns>
    public Errno Write(string file, string text) => WriteOnce(this[file], text.Replace("GROUP", Group, StringComparison.Ordinal));

    /// <summary>A file's text, with GROUP for our group.</summary>
    public string Read(string file) => File.ReadAllText(this[file], Encoding.Latin1).Replace(Group, "GROUP", StringComparison.Ordinal);

    public void Dispose()
    {
        if (Directory.Exists(_instance))
        {
            foreach (string name in Directory.GetDirectories(this["events/GROUP"]).Select(path => Path.GetFileName(path)!))
            {
                foreach (string line in Read($"events/GROUP/{name}/trigger").Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
                {
                    _ = Write($"events/GROUP/{name}/trigger", "!" + line.Replace(":unlimited", "", StringComparison.Ordinal).Split(":count=")[0].Split(" if ")[0]);
                }

                _ = Write($"events/GROUP/{name}/enable", "0");
            }

            Directory.Delete(_instance);
        }

        foreach (string line in File.ReadAllLines(_mount["uprobe_events"]).Where(line => line[2..].StartsWith(Group + "/", StringComparison.Ordinal)))
        {
            _ = WriteOnce(_mount["uprobe_events"], "-:" + line[2..].Split(' ')[0]);
        }

        _mount.Dispose();
    }

    /// <summary>Fails where something that has to work does not.</summary>
    public static void Require(Errno errno, string what)
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
