using System;
using System.IO;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Comparing;

/// <summary>The standard streams of a program that is run twice: what it writes is kept, both runs read the same.</summary>
/// <remarks>A standard input that is a file is read from its start by each run; any other reads as empty, for it could be read only once.</remarks>
internal sealed class ProgramStreams : IDisposable
{
    private const int Input = 0;
    private const int Output = 1;
    private const int Errors = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("muprobe-compare-").FullName;
    private readonly int[] _saved = [-1, -1, -1];

    /// <summary>Programs that start from now on have streams of ours. Nothing of this process may be written meanwhile.</summary>
    public void Begin()
    {
        for (int fd = Input; fd <= Errors; fd++)
        {
            Require(Libc.Duplicate(fd, out _saved[fd]));
        }

        bool isFile = Libc.Stat("/proc/self/fd/0", out FileStat input) == 0 && input.IsRegular;
        Require(Libc.Open(isFile ? "/proc/self/fd/0" : "/dev/null", write: false, out int from));
        Put(Input, from);
        Require(Libc.Create(PathOf(Output), out int to));
        Put(Output, to);
        Require(Libc.Create(PathOf(Errors), out to));
        Put(Errors, to);
    }

    /// <summary>Puts this process' own streams back.</summary>
    /// <returns>What was written to standard output and standard error.</returns>
    public (byte[] Output, byte[] Errors) End()
    {
        Restore();
        return (File.ReadAllBytes(PathOf(Output)), File.ReadAllBytes(PathOf(Errors)));
    }

    /// <summary>A file of ours beside those of the streams.</summary>
    public string this[string name] => Path.Combine(_folder, name);

    /// <summary>Restores the streams, removes the files.</summary>
    public void Dispose()
    {
        Restore();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Put(int fd, int from)
    {
        Require(Libc.Replace(fd, from));
        Libc.Close(from);
    }

    private static void Require(Errno errno)
    {
        if (errno != 0)
        {
            throw new UprobeException(errno, $"the program's streams cannot be set up: {errno}");
        }
    }

    private void Restore()
    {
        for (int fd = Input; fd <= Errors; fd++)
        {
            if (_saved[fd] >= 0)
            {
                Put(fd, _saved[fd]);
                _saved[fd] = -1;
            }
        }
    }

    private string PathOf(int fd) => this[fd == Output ? "output" : "errors"];
}
