using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Tests.Architecture;

/// <summary>The files of the source tree that this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>C# sources below a folder, as paths from the root; generated ones are left out.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Files(folder).Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>All files below a folder that are not made by a build, as paths from the root.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        string full = Path.Combine(Root, folder);
        return Directory.Exists(full)
            ? Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Root, path))
                .Where(path => !path.Split('/').Intersect(["bin", "obj", "build"]).Any())
                .Order(StringComparer.Ordinal)
            : [];
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ManagedUprobe.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("no ManagedUprobe.sln above the test");
    }
}
