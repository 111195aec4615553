using System;
using System.IO;
using System.Text;

namespace ManagedUprobe.Tests.Elf;

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("elf-tests-").FullName;

    public string PathOf(string relative) => Path.Combine(FullPath, relative);

    public string Write(string relative, string text) => Write(relative, Encoding.UTF8.GetBytes(text));

    public string Write(string relative, byte[] bytes)
    {
        string path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string WriteExecutable(string relative, string text)
    {
        string path = Write(relative, text);
        Tool.Lines("chmod", "u+x", path);
        return path;
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
