using System;
using System.IO;
using System.Text;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary>Finds a program by name as execvp(3) does, and the binary behind a script.</summary>
internal sealed class ProgramResolver(TargetRoot root)
{
    // What execvp searches when PATH is not set.
    private const string DefaultPath = "/bin:/usr/bin";

    // BINPRM_BUF_SIZE: as much of a file as the kernel looks at.
    private const int FirstBytes = 256;

    // The kernel gives ELOOP for a script of a script of … beyond this.
    private const int MaxScripts = 5;

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Finds an executable file; a name with a slash is a path and is not searched.</summary>
    /// <param name="name">Name or path.</param>
    /// <param name="searchPath">PATH of the target; null when it is not set.</param>
    /// <exception cref="UprobeException">ENOENT: there is none; EACCES: there are only files that may not be executed.</exception>
    public TargetFile Find(string name, string? searchPath)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return Check(root.Locate(name)) is { } errno ? throw Failure(errno, name) : root.Locate(name);
        }

        Errno worst = Errno.ENOENT;
        foreach (string directory in name.Length == 0 ? [] : (searchPath ?? DefaultPath).Split(':'))
        {
            TargetFile file = root.Locate(directory.Length == 0 ? name : $"{directory.TrimEnd('/')}/{name}");
            switch (Check(file))
            {
                case null:
                    return file;
                case Errno.EACCES:
                    worst = Errno.EACCES;
                    break;
            }
        }

        throw Failure(worst, name);
    }

    /// <summary>The file that the kernel maps when <paramref name="program"/> is executed: itself, or the interpreter that <c>#!</c> names.</summary>
    /// <exception cref="UprobeException">ELOOP: scripts of scripts beyond the kernel's bound; ENOENT, EACCES: an interpreter that cannot be executed.</exception>
    public TargetFile FollowScripts(TargetFile program)
    {
        TargetFile file = program;
        for (int depth = 0; depth <= MaxScripts; depth++)
        {
            if (ReadInterpreter(file) is not { } interpreter)
            {
                return file;
            }

            file = root.Locate(interpreter);
            if (Check(file) is { } errno)
            {
                throw new UprobeException(errno, $"{program.Path}: its interpreter {interpreter} {Describe(errno)}");
            }
        }

        throw new UprobeException(Errno.ELOOP, $"{program.Path}: a script whose interpreters are scripts without end");
    }

    private static Errno? Check(TargetFile file)
    {
        var info = new FileInfo(file.HostPath);
        if (!info.Exists)
        {
            return Directory.Exists(file.HostPath) ? Errno.EACCES : Errno.ENOENT;
        }

        return (info.UnixFileMode & AnyExecute) != 0 ? null : Errno.EACCES;
    }

    private static string? ReadInterpreter(TargetFile file)
    {
        using var reader = new ElfReader(FileOpener.Open(file.HostPath), file.Path, ownsHandle: true);
        Span<byte> buffer = stackalloc byte[FirstBytes];
        ReadOnlySpan<byte> line = buffer[..reader.ReadUpTo(0, buffer)];
        if (!line.StartsWith("#!"u8))
        {
            return null;
        }

        int end = line.IndexOfAny((byte)'\n', (byte)0);
        line = (end < 0 ? line : line[..end])[2..].TrimStart(" \t"u8);
        int blank = line.IndexOfAny((byte)' ', (byte)'\t');
        string interpreter = Encoding.UTF8.GetString(blank < 0 ? line : line[..blank]);
        return interpreter.Length != 0
            ? interpreter
            : throw new UprobeException(Errno.ENOEXEC, $"{file.Path}: a script without an interpreter");
    }

    private static UprobeException Failure(Errno errno, string name) => new(errno, $"{name}: {Describe(errno)}");

    private static string Describe(Errno errno) =>
        errno == Errno.EACCES ? "is no executable file" : "does not exist";
}
