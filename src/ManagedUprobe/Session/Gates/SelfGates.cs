using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Gates;

/// <summary>The gates of the tracer itself, whatever it wants to trace.</summary>
internal static class SelfGates
{
    // PTRACE_SEIZE with PTRACE_LISTEN; kcmp and process_vm_readv are as old.
    private static readonly Version s_oldestKernel = new(3, 5);

    public static IReadOnlyList<Gate> Inspect(TracingRights self) =>
    [
        KernelVersion(Environment.OSVersion.Version),
        ProcMounted(),
        Ptrace(self, Libc.ProbePtrace()),
        ProcessVmRead(Libc.ProbeProcessVmRead()),
        Kcmp(Libc.SameAddressSpace(Libc.GetPid(), Libc.GetPid(), out _)),
        Launch(),
    ];

    public static YamaScope ReadYamaScope()
    {
        const string Setting = "/proc/sys/kernel/yama/ptrace_scope";
        return File.Exists(Setting)
            ? (YamaScope)int.Parse(File.ReadAllText(Setting).Trim(), CultureInfo.InvariantCulture)
            : YamaScope.Classic;
    }

    internal static Gate Ptrace(TracingRights self, Errno answer)
    {
        const string Name = "ptrace";
        if (answer == Errno.ESRCH)
        {
            return Gate.Open(Name, "may be called");
        }

        string why = self.Seccomp != 0
            ? $"refused with {answer}: the seccomp filter of this process forbids it"
            : $"refused with {answer}: a security module forbids it";
        return Gate.Shut(
            Name,
            why,
            "start the container with a seccomp profile that allows ptrace (docker, podman: --cap-add SYS_PTRACE, "
            + "or --security-opt seccomp=unconfined)");
    }

    internal static Gate ProcessVmRead(Errno answer)
    {
        const string Name = "process_vm_readv";
        return answer == 0
            ? Gate.Open(Name, "may be called")
            : Gate.Limited(Name, $"refused with {answer}", "none needed: memory is read through /proc/PID/mem, a little slower");
    }

    internal static Gate Kcmp(Errno answer)
    {
        const string Name = "kcmp";
        return answer == 0
            ? Gate.Open(Name, "may be called")
            : Gate.Limited(
                Name,
                $"refused with {answer}: which processes share memory is known by their clone flags alone",
                "allow kcmp where processes that share memory are attached to (-p)");
    }

    internal static Gate Yama(YamaScope scope, bool hasSysPtrace)
    {
        const string Name = "Yama ptrace_scope";
        return scope switch
        {
            YamaScope.NoAttach => Gate.Shut(Name, "3: nobody may trace", "kernel.yama.ptrace_scope=3 is final: boot with a lower one"),
            _ when hasSysPtrace => Gate.Open(Name, $"{(int)scope}, and this process has CAP_SYS_PTRACE"),
            YamaScope.AdminOnly => Gate.Shut(
                Name, "2: CAP_SYS_PTRACE is needed", "run with CAP_SYS_PTRACE, or set kernel.yama.ptrace_scope to 1 or 0"),
            YamaScope.Restricted => Gate.Limited(
                Name,
                "1: programs that muprobe starts can be traced, others cannot be attached to",
                "start the program with muprobe (-- COMMAND), run with CAP_SYS_PTRACE, let the program call "
                + "prctl(PR_SET_PTRACER), or set kernel.yama.ptrace_scope to 0"),
            _ => Gate.Open(Name, "0, or no Yama here"),
        };
    }

    internal static Gate KernelVersion(Version version)
    {
        const string Name = "kernel";
        return version >= s_oldestKernel
            ? Gate.Open(Name, $"Linux {version.Major}.{version.Minor}")
            : Gate.Shut(Name, $"Linux {version.Major}.{version.Minor} has no PTRACE_SEIZE as it is needed", $"use Linux {s_oldestKernel} or newer");
    }

    private static Gate ProcMounted()
    {
        const string Name = "/proc";
        return File.Exists("/proc/self/maps")
            ? Gate.Open(Name, "mounted")
            : Gate.Shut(Name, "not mounted", "mount -t proc proc /proc");
    }

    private static Gate Launch()
    {
        const string Name = "executable memory";
        ReadOnlySpan<byte> ret = [0xc3];
        try
        {
            using var code = new ExecutableMemory(ret);
            return Gate.Open(Name, "may be mapped: programs can be started");
        }
        catch (UprobeException refused)
        {
            return Gate.Limited(
                Name,
                $"refused with {refused.Errno}: programs cannot be started by muprobe, running ones can be attached to",
                "start the program otherwise and attach (-p), or allow executable memory (memfd)");
        }
    }
}
