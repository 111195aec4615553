using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Gates;

/// <summary>The gates of one process: may it be attached to, and if not, what stands in the way.</summary>
internal static class TargetGates
{
    private const string CapabilityRemedy =
        "run muprobe with CAP_SYS_PTRACE (docker, podman: --cap-add SYS_PTRACE; else as root)";

    /// <summary>All gates of a process that is there; one shut gate when it is not.</summary>
    public static IReadOnlyList<Gate> Inspect(TracingRights self, int pid)
    {
        string name = pid.ToString(CultureInfo.InvariantCulture);
        var target = TracingRights.TryRead(name);
        if (target is null)
        {
            return [Missing(Libc.ProbeProcess(pid))];
        }

        Gate process = Process(target, HasProgram(name));
        if (process.State == GateState.Shut)
        {
            return [process];
        }

        // The kernel answers this open by the very rules of PTRACE_SEIZE, security modules included; the rest explains.
        Errno attach = TryOpen($"/proc/{pid}/mem", write: true);
        bool isReadOnly = attach == Errno.EROFS;
        attach = isReadOnly ? TryOpen($"/proc/{pid}/mem", write: false) : attach;
        bool readable = TryOpen($"/proc/{pid}/maps", write: false) == 0;
        return
        [
            process,
            Identity(self, target),
            Dumpable(self, target, name),
            Yama(self, SelfGates.ReadYamaScope(), readable, attach),
            Tracer(pid),
            UserNamespace(name, attach),
            PidNamespace(self, target),
            TargetSeccomp(target),
            Memory(attach, readable, isReadOnly),
        ];
    }

    internal static Gate Missing(Errno answer)
    {
        const string Name = "process";
        return answer is 0 or Errno.EPERM
            ? Gate.Shut(
                Name,
                "is there, but /proc does not show it",
                "/proc is mounted with hidepid, or belongs to another pid namespace: remount it, or run as the process's user")
            : Gate.Shut(Name, "there is none with this pid", "see ps; in a container pids are those of its own namespace");
    }

    internal static Gate Process(TracingRights target, bool hasProgram)
    {
        const string Name = "process";
        if (target.State is 'Z' or 'X')
        {
            return Gate.Shut(Name, $"{target.Name} has ended (zombie)", "choose one that runs");
        }

        return hasProgram
            ? Gate.Open(Name, target.Name)
            : Gate.Shut(Name, $"{target.Name} is a kernel thread", "choose a user process");
    }

    internal static Gate Identity(TracingRights self, TracingRights target)
    {
        const string Name = "user and group";
        uint uid = self.Uids[3];
        uint gid = self.Gids[3];
        bool same = Array.TrueForAll(target.Uids[..3], id => id == uid) && Array.TrueForAll(target.Gids[..3], id => id == gid);
        if (same)
        {
            return Gate.Open(Name, $"the same ({uid}:{gid})");
        }

        string detail = $"the process has uid {Ids(target.Uids)} gid {Ids(target.Gids)}, muprobe {uid} and {gid}";
        return self.HasSysPtrace
            ? Gate.Open(Name, detail + ", with CAP_SYS_PTRACE")
            : Gate.Shut(Name, detail, $"run muprobe as that user and group, or {CapabilityRemedy}");
    }

    internal static Gate Yama(TracingRights self, YamaScope scope, bool readable, Errno attach)
    {
        const string Name = "Yama ptrace_scope";
        if (scope != YamaScope.Restricted || self.HasSysPtrace)
        {
            return SelfGates.Yama(scope, self.HasSysPtrace);
        }

        if (attach == 0)
        {
            return Gate.Open(Name, "1, and the process descends from muprobe or named it by prctl(PR_SET_PTRACER)");
        }

        // Yama has no word in reading the mappings: what forbids that forbids more than Yama does.
        return readable
            ? Gate.Shut(
                Name,
                "1, and the process neither descends from muprobe nor named it by prctl(PR_SET_PTRACER)",
                "start the program with muprobe (-- COMMAND), or set kernel.yama.ptrace_scope to 0, or " + CapabilityRemedy)
            : Gate.Limited(Name, "1: others than descendants cannot be attached to", "set kernel.yama.ptrace_scope to 0");
    }

    internal static Gate TargetSeccomp(TracingRights target)
    {
        const string Name = "its seccomp";
        return target.Seccomp switch
        {
            0 => Gate.Open(Name, "none"),
            1 => Gate.Shut(Name, "strict: no system call can be run in it", "none: the process has given up everything else"),
            _ => Gate.Limited(Name, "a filter", "the system calls that muprobe runs in it (mmap, munmap) must be allowed by it"),
        };
    }

    internal static Gate PidNamespace(TracingRights self, TracingRights target)
    {
        const string Name = "pid namespace";
        int own = self.NamespacePids.Length;
        uint[] pids = target.NamespacePids;
        return pids.Length <= own
            ? Gate.Open(Name, "the same")
            : Gate.Open(Name, $"an inner one, where the process has pid {pids[^1]}");
    }

    private static Gate Dumpable(TracingRights self, TracingRights target, string pid)
    {
        const string Name = "dumpable";

        // procfs gives the files of a process that is not dumpable to root.
        bool known = Libc.FileOwner($"/proc/{pid}/status", out uint owner) == 0 && target.Uids[1] != 0;
        if (!known || owner == target.Uids[1])
        {
            return Gate.Open(Name, known ? "yes" : "a process of root: not to be told from outside");
        }

        const string Detail = "no: it changed its user or called prctl(PR_SET_DUMPABLE)";
        return self.HasSysPtrace
            ? Gate.Open(Name, Detail + "; muprobe has CAP_SYS_PTRACE")
            : Gate.Shut(Name, Detail, CapabilityRemedy);
    }

    private static Gate Tracer(int pid)
    {
        const string Name = "another tracer";
        foreach (int tid in Tasks(pid))
        {
            int tracer = TracingRights.TryRead($"{pid}/task/{tid}")?.TracerPid ?? 0;
            if (tracer != 0)
            {
                string who = TracingRights.TryRead($"{tracer}")?.Name ?? "of another pid namespace";
                return Gate.Shut(Name, $"{who} ({tracer}) traces thread {tid}", $"end it, or let it detach from {pid}");
            }
        }

        return Gate.Open(Name, "none");
    }

    private static Gate UserNamespace(string pid, Errno attach)
    {
        const string Name = "user namespace";
        string? own = Libc.ReadLink("/proc/self/ns/user");
        string? theirs = Libc.ReadLink($"/proc/{pid}/ns/user");
        if (own is not null && own == theirs)
        {
            return Gate.Open(Name, "the same");
        }

        if (attach == 0)
        {
            return Gate.Open(Name, "another one that muprobe may trace in");
        }

        return theirs is null
            ? Gate.Limited(Name, "not to be read", "see the other gates: the process may not even be looked at")
            : Gate.Shut(Name, "another one", "run muprobe inside it (nsenter -U), or in its parent with CAP_SYS_PTRACE");
    }

    internal static Gate Memory(Errno attach, bool readable, bool isReadOnly)
    {
        const string Name = "attach";
        if (attach == 0 && isReadOnly)
        {
            return Gate.Limited(
                Name,
                "allowed by the kernel, but /proc is mounted read-only: memory is written word by word, while a thread is stopped, and nobody restores it if muprobe is killed",
                "mount /proc read-write; after a kill: muprobe repair");
        }

        if (attach == 0)
        {
            return Gate.Open(Name, "allowed by the kernel");
        }

        return readable
            ? Gate.Shut(
                Name,
                $"refused by the kernel with {attach}, although its mappings can be read",
                "Yama or another security module (AppArmor, SELinux deny_ptrace, a sandbox) forbids it: " + CapabilityRemedy)
            : Gate.Shut(Name, $"refused by the kernel with {attach}", CapabilityRemedy);
    }

    private static bool HasProgram(string pid) =>
        Libc.ReadLink($"/proc/{pid}/exe") is not null || Libc.FileOwner($"/proc/{pid}/exe", out _) == Errno.EACCES;

    private static Errno TryOpen(string path, bool write)
    {
        Errno errno = Libc.Open(path, write, out int fd);
        if (errno == 0)
        {
            Libc.Close(fd);
        }

        return errno;
    }

    private static List<int> Tasks(int pid)
    {
        var tids = new List<int>();
        try
        {
            foreach (string folder in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                tids.Add(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));
            }
        }
        catch (IOException)
        {
            // The process ended while we looked: no thread of it is traced.
            tids.Clear();
        }

        return tids;
    }

    private static string Ids(uint[] ids) => string.Join('/', ids[..3]);
}
