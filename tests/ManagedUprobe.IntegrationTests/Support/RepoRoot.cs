using System;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>The folder that holds the solution.</summary>
internal static class RepoRoot
{
    public static string Path { get; } = Find();

    public static string Combine(params string[] parts)
    {
        return System.IO.Path.Combine([Path, .. parts]);
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "ManagedUprobe.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
