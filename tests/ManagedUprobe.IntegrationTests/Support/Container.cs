using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>An OCI container of crun: a root of the machine's own files, default capabilities, a user who is not root, no tracefs.</summary>
internal sealed class Container : IDisposable
{
    /// <summary>What Debian's docker and podman leave to a container.</summary>
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP",
    ];

    // crun wants a pure cgroup2 tree even where it is told to manage none; in a mount namespace of its own it gets one.
    private const string InPrivateMounts =
        "mount --make-rprivate / && { umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; } && exec \"$@\"";

    private static int s_count;

    private readonly PrivateFolder _folder = new();
    private readonly string _root;

    public Container()
    {
        _root = Directory.CreateDirectory(_folder["rootfs"]).FullName;
        foreach (string name in new[] { "bin", "proc", "tmp", "dev" })
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }

        CommandRunner.Output("chmod", "755", _folder.Path, _root);
    }

    /// <summary>Skips the calling test where containers cannot be run.</summary>
    public static Container Open()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "crun is run as root here.");
        Assert.SkipUnless(CommandRunner.Run("sh", "-c", "command -v crun").ExitStatus == 0, "There is no crun.");
        return new Container();
    }

    /// <summary>Puts a program and the libraries that ldd names into the container's /bin and their own places.</summary>
    public void Add(string program)
    {
        Place(program, Path.Combine(_root, "bin", Path.GetFileName(program)));
        foreach (string word in CommandRunner.Run("ldd", program).Output.Split([' ', '\n', '\t']).Where(word => word.StartsWith('/')))
        {
            Place(word, _root + word);
        }
    }

    public CommandResult Run(string script)
    {
        File.WriteAllText(_folder["config.json"], Configuration(script));
        string name = $"mufx{Environment.ProcessId}_{Interlocked.Increment(ref s_count).ToString(CultureInfo.InvariantCulture)}";
        var crun = new Command("crun", "--cgroup-manager=disabled", "--root", _folder["state"], "run", "--bundle", _folder.Path, name);
        return CommandRunner.Run(crun.Under("unshare", "--mount", "sh", "-c", InPrivateMounts, "sh"));
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static void Place(string file, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        CommandRunner.Output("cp", "-L", "--preserve=mode", file, target);
    }

    private static string Configuration(string script)
    {
        return JsonSerializer.Serialize(new
        {
            ociVersion = "1.0.2",
            process = new
            {
                terminal = false,
                user = new { uid = 1000, gid = 1000 },
                args = new[] { "/bin/sh", "-c", script },
                env = new[] { "PATH=/bin" },
                cwd = "/tmp",
                noNewPrivileges = true,
                capabilities = new { bounding = s_capabilities, effective = s_capabilities, permitted = s_capabilities },
            },
            root = new { path = "rootfs", @readonly = false },
            hostname = "container",
            mounts = new object[]
            {
                new { destination = "/proc", type = "proc", source = "proc" },
                new { destination = "/tmp", type = "tmpfs", source = "tmpfs", options = new[] { "nosuid", "nodev", "mode=1777" } },
                new { destination = "/dev", type = "tmpfs", source = "tmpfs", options = new[] { "nosuid", "mode=755" } },
            },
            linux = new
            {
                namespaces = new[] { "pid", "mount", "ipc", "uts", "network" }.Select(type => new { type }).ToArray(),
                maskedPaths = new[] { "/proc/kcore", "/proc/keys", "/proc/timer_list" },
                readonlyPaths = new[] { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" },
            },
        });
    }
}
