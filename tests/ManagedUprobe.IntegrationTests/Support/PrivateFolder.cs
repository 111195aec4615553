using System;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A temporary folder with private copies of programs: the kernel counts every process that maps a file.</summary>
internal sealed class PrivateFolder : IDisposable
{
    public PrivateFolder()
    {
        Path = Directory.CreateTempSubdirectory("muprobe-test-").FullName;
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Copies a file, links followed, and gives the copy's path.</summary>
    /// <remarks>cp writes, not we: a child that another test forks while we write would hold the file open for
    /// writing, and starting the copy would fail with ETXTBSY.</remarks>
    public string Copy(string file, string? name = null)
    {
        string copy = this[name ?? System.IO.Path.GetFileName(file)];
        CommandRunner.Output("cp", "-L", "--preserve=mode", file, copy);
        return copy;
    }

    /// <summary>A private copy of a fixture, and of the libraries that it looks for beside itself.</summary>
    public string Fixture(string name, params string[] besides)
    {
        foreach (string other in besides)
        {
            Copy(Support.Fixture.Path(other));
        }

        return Copy(Support.Fixture.Path(name));
    }

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
    }
}
