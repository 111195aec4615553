using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.Session.Gates;

/// <summary>The fields of /proc/PID/status that decide who may trace a process.</summary>
internal sealed class TracingRights
{
    private const int CAP_SYS_PTRACE = 19;

    private readonly Dictionary<string, string> _fields = [];

    private TracingRights(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                _fields[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }
    }

    public string Name => Field("Name");

    /// <summary>First letter of the state: R, S, D, T, t, Z, X, I.</summary>
    public char State => Field("State") is { Length: > 0 } state ? state[0] : '?';

    public int TracerPid => (int)Number("TracerPid");

    /// <summary>Real, effective, saved and file system user id.</summary>
    public uint[] Uids => Numbers("Uid");

    /// <summary>Real, effective, saved and file system group id.</summary>
    public uint[] Gids => Numbers("Gid");

    /// <summary>Pids from our namespace to the process's own.</summary>
    public uint[] NamespacePids => Numbers("NSpid");

    /// <summary>0 none, 1 strict, 2 filter.</summary>
    public int Seccomp => (int)Number("Seccomp");

    /// <summary>Effective capabilities, in the process's own user namespace.</summary>
    public bool HasSysPtrace => (Mask("CapEff") & (1UL << CAP_SYS_PTRACE)) != 0;

    /// <summary>Takes the lines of the file.</summary>
    public static TracingRights Parse(IEnumerable<string> lines) => new(lines);

    /// <summary>Reads /proc/<paramref name="pid"/>/status ("self" is a pid).</summary>
    /// <returns>Null when the process is not there or not to be seen.</returns>
    public static TracingRights? TryRead(string pid)
    {
        try
        {
            return Parse(File.ReadAllLines($"/proc/{pid}/status"));
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Field(string name) => _fields.GetValueOrDefault(name, "");

    private uint Number(string name) =>
        uint.TryParse(Field(name), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : 0;

    private ulong Mask(string name) =>
        ulong.TryParse(Field(name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : 0;

    private uint[] Numbers(string name) =>
        Array.ConvertAll(
            Field(name).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
            text => uint.Parse(text, CultureInfo.InvariantCulture));
}
