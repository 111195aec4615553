using System;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>The programs of <c>fixtures/</c>, built once a run; a lock file keeps parallel runs apart.</summary>
internal static class Fixture
{
    private static readonly Lazy<string> s_folder = new(Build);

    public static string Path(string name)
    {
        return System.IO.Path.Combine(s_folder.Value, name);
    }

    /// <summary>Whether a fixture is there that is built only where its compiler is.</summary>
    public static bool Has(string name)
    {
        return System.IO.File.Exists(Path(name));
    }

    private static string Build()
    {
        string folder = RepoRoot.Combine("fixtures");
        CommandRunner.Output("flock", System.IO.Path.Combine(folder, "Makefile"), "make", "-s", "-j2", "-C", folder);
        return System.IO.Path.Combine(folder, "build");
    }
}
