using System;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary>The root and working directory against which a target resolves paths.</summary>
internal sealed class TargetRoot
{
    // As many as the kernel follows in one path.
    private const int MaxLinks = 40;

    private readonly string _prefix;
    private readonly string _workingDirectory;

    /// <summary>Names the root.</summary>
    /// <param name="prefix">What stands before a path of the target when we open it (<c>/proc/PID/root</c>); empty for our own root.</param>
    /// <param name="workingDirectory">The target's working directory, inside its root.</param>
    public TargetRoot(string prefix, string workingDirectory)
    {
        _prefix = prefix.TrimEnd('/');
        _workingDirectory = workingDirectory;
    }

    /// <summary>The file at a path of the target, whether it exists or not.</summary>
    public TargetFile Locate(string path)
    {
        string absolute = path.StartsWith('/') ? path : $"{_workingDirectory.TrimEnd('/')}/{path}";
        return new TargetFile(absolute, _prefix.Length == 0 ? absolute : FollowLinks(absolute));
    }

    // The kernel would take the target of an absolute link from our root, not from the target's: links are followed here.
    private string FollowLinks(string path)
    {
        var done = new List<string>();
        var left = new Stack<string>();
        PushComponents(left, path);
        int links = 0;
        while (left.TryPop(out string? component))
        {
            if (component == "..")
            {
                done.RemoveRange(Math.Max(0, done.Count - 1), Math.Min(1, done.Count));
                continue;
            }

            done.Add(component);
            if (new FileInfo(HostPath(done)).LinkTarget is not { } target)
            {
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new UprobeException(Errno.ELOOP, $"{path}: too many symbolic links");
            }

            done.RemoveAt(done.Count - 1);
            if (target.StartsWith('/'))
            {
                done.Clear();
            }

            PushComponents(left, target);
        }

        return HostPath(done);
    }

    private string HostPath(List<string> components) => $"{_prefix}/{string.Join('/', components)}";

    private static void PushComponents(Stack<string> left, string path)
    {
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = components.Length - 1; i >= 0; i--)
        {
            if (components[i] != ".")
            {
                left.Push(components[i]);
            }
        }
    }
}
