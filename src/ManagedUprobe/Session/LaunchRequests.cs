using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Makes requests to start a program out of what a caller of the library has: text, and the state of this process.</summary>
internal static class LaunchRequests
{
    private const ulong SigPipeBit = 1UL << ((int)Signum.SIGPIPE - 1);
    private const string DefaultPath = "/usr/local/bin:/bin:/usr/bin";

    /// <summary>A request with this process' environment and signals.</summary>
    /// <remarks>
    /// The program inherits the signals that are ignored here, but SIGPIPE: that is the runtime's doing, and what it was before can no longer be read.
    /// </remarks>
    public static LaunchRequest Create(string program, IReadOnlyList<string> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(program);
        ArgumentNullException.ThrowIfNull(arguments);
        var vector = new List<byte[]>(arguments.Count + 1) { Encoding.UTF8.GetBytes(program) };
        foreach (string argument in arguments)
        {
            vector.Add(Encoding.UTF8.GetBytes(argument));
        }

        ProcStatus self = ProcFile.Status(Libc.GetPid());
        return new LaunchRequest
        {
            Path = FindProgram(vector[0], Environment.GetEnvironmentVariable("PATH")),
            Arguments = vector,
            Environment = EnvironmentOfThisProcess(),
            IgnoredSignals = self.Ignored & ~SigPipeBit,
            BlockedSignals = 0,
        };
    }

    /// <summary>The file that execvp would execute.</summary>
    /// <exception cref="UprobeException">There is none, or it may not be executed.</exception>
    public static byte[] FindProgram(byte[] name, string? searchPath)
    {
        if (Array.IndexOf(name, (byte)'/') >= 0)
        {
            return name;
        }

        Errno refusal = Errno.ENOENT;
        foreach (string directory in (searchPath ?? DefaultPath).Split(':'))
        {
            byte[] candidate = [.. Encoding.UTF8.GetBytes(directory.Length == 0 ? "." : directory), (byte)'/', .. name];
            Errno errno = Libc.Stat(candidate, out FileStat status);
            errno = errno != 0 ? errno : status.IsRegular ? Libc.AccessExecute(candidate) : Errno.EACCES;
            if (errno == 0)
            {
                return candidate;
            }

            // Goes on as execvp does; a file that may not be executed is remembered.
            refusal = errno == Errno.EACCES ? errno : refusal;
        }

        string text = Encoding.UTF8.GetString(name);
        throw new UprobeException(refusal, refusal == Errno.EACCES ? $"{text}: Permission denied" : $"{text}: command not found");
    }

    private static List<byte[]> EnvironmentOfThisProcess()
    {
        var environment = new List<byte[]>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{variable.Key}={variable.Value}")));
        }

        return environment;
    }
}
