using System;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class LibraryResolverTests : IDisposable
{
    private const string Main = "int main(void) { return 0; }\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void FindsTheLibrariesOfAProgramWhereTheDynamicLinkerFindsThem()
    {
        var resolver = new LibraryResolver(new TargetRoot(string.Empty, "/"), null, null);
        string program = SystemFiles.Sample(60).First(path => path.StartsWith("/usr/bin/", StringComparison.Ordinal) && HasLibraries(path));
        int compared = 0;
        foreach (string line in Tool.Lines("ldd", program))
        {
            if (line.Trim().Split(' ') is [string name, "=>", string path, ..] && !name.StartsWith('/'))
            {
                Assert.Equal(path, resolver.Find(name).HostPath);
                compared++;
            }
        }

        Assert.True(compared > 0, $"ldd {program} named no library");
    }

    [Theory]
    [InlineData("-Wl,--enable-new-dtags", "env")]
    [InlineData("-Wl,--disable-new-dtags", "own")]
    public void PutsRpathBeforeAndRunpathBehindTheEnvironment(string tags, string expected)
    {
        string program = Tool.Compile(_folder, "program.c", Main, "-Wl,-rpath,$ORIGIN/own", tags);
        WriteLibrary("own/libx.so");
        WriteLibrary("env/libx.so");
        var resolver = new LibraryResolver(new TargetRoot(string.Empty, "/"), program, _folder.PathOf("env"));
        Assert.Equal(_folder.PathOf($"{expected}/libx.so"), resolver.Find("libx.so").HostPath);
    }

    [Fact]
    public void PassesOverFilesThatTheLinkerCannotUse()
    {
        _folder.Write("one/libx.so", "not a library");
        byte[] other = MinimalElf.Build();
        MinimalElf.Put16(other, 18, 183);
        _folder.Write("two/libx.so", other);
        WriteLibrary("three/libx.so");
        string path = string.Join(':', _folder.PathOf("none"), _folder.PathOf("one"), _folder.PathOf("two"), _folder.PathOf("three"));
        var resolver = new LibraryResolver(new TargetRoot(string.Empty, "/"), null, path);
        Assert.Equal(_folder.PathOf("three/libx.so"), resolver.Find("libx.so").Path);
    }

    [Fact]
    public void TakesAnEmptyElementAsTheWorkingDirectory()
    {
        WriteLibrary("here/libx.so");
        var resolver = new LibraryResolver(new TargetRoot(string.Empty, _folder.PathOf("here")), null, "/none:");
        Assert.Equal(_folder.PathOf("here/./libx.so"), resolver.Find("libx.so").Path);
    }

    [Fact]
    public void PrefersTheDirectoryOfTheProcessorsLevel()
    {
        Assert.SkipWhen(HardwareCapabilities.Levels.Count == 0, "this processor is of the first x86-64 level");
        WriteLibrary("libs/libx.so");
        foreach (string level in HardwareCapabilities.Levels.Reverse())
        {
            WriteLibrary($"libs/glibc-hwcaps/{level}/libx.so");
            var resolver = new LibraryResolver(new TargetRoot(string.Empty, "/"), null, _folder.PathOf("libs"));
            Assert.Equal(_folder.PathOf($"libs/glibc-hwcaps/{level}/libx.so"), resolver.Find("libx.so").Path);
        }
    }

    [Fact]
    public void KnowsTheLevelsThatTheDynamicLinkerKnows()
    {
        const string Linker = "/lib64/ld-linux-x86-64.so.2";
        string[] searched = [.. Tool.Lines(Linker, "--help").Where(line => line.TrimStart().StartsWith("x86-64-v", StringComparison.Ordinal) && line.Contains("(supported, searched)", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0])];
        Assert.SkipWhen(searched.Length == 0, "this dynamic linker does not tell");
        Assert.Equal(searched, HardwareCapabilities.Levels);
    }

    [Fact]
    public void StaysInsideTheTargetsRoot()
    {
        WriteLibrary("root/data/libx.so.1");
        Directory.CreateDirectory(_folder.PathOf("root/usr/lib"));
        File.CreateSymbolicLink(_folder.PathOf("root/lib"), "usr/lib");
        File.CreateSymbolicLink(_folder.PathOf("root/usr/lib/libx.so"), "/data/../../../data/libx.so.1");
        var resolver = new LibraryResolver(new TargetRoot(_folder.PathOf("root"), "/"), null, null);
        TargetFile found = resolver.Find("libx.so");
        Assert.Equal("/lib/libx.so", found.Path);
        Assert.Equal(_folder.PathOf("root/data/libx.so.1"), found.HostPath);
    }

    [Fact]
    [Scenario(72)]
    public void LooksWhereMuslLooks()
    {
        byte[] program = MinimalElf.Build();
        MinimalElf.Put16(program, 56, 2);
        MinimalElf.PutSegment(program, 1, type: 3, offset: 200, vaddr: 200, size: 26);
        "/lib/ld-musl-x86_64.so.1\0"u8.CopyTo(program.AsSpan(200));
        _folder.Write("root/bin/program", program);
        WriteLibrary("root/lib/ld-musl-x86_64.so.1");
        WriteLibrary("root/usr/local/lib/libx.so");
        WriteLibrary("root/strange/libx.so");
        WriteLibrary("root/usr/lib/x86_64-linux-gnu/liby.so");
        Assert.Equal("/usr/local/lib/libx.so", MuslResolver().Find("libx.so").Path);
        Assert.Equal("/lib/ld-musl-x86_64.so.1", MuslResolver().Find("libc.so").Path);
        Assert.Equal("/lib/ld-musl-x86_64.so.1", MuslResolver().Find("libpthread.so.0").Path);
        Assert.Null(MuslResolver().TryFind("liby.so"));
        _folder.Write("root/etc/ld-musl-x86_64.path", "/none\n/strange\n");
        Assert.Equal("/strange/libx.so", MuslResolver().Find("libx.so").Path);
    }

    [Theory]
    [InlineData("libnone.so.7")]
    [InlineData("")]
    [InlineData("nul\0nul")]
    public void SaysThatThereIsNone(string name)
    {
        var resolver = new LibraryResolver(new TargetRoot(string.Empty, "/"), null, null);
        Assert.Equal(Errno.ENOENT, Assert.Throws<UprobeException>(() => resolver.Find(name)).Errno);
    }

    public void Dispose() => _folder.Dispose();

    private static bool HasLibraries(string path)
    {
        using var file = ElfFile.Open(path);
        return file.Needed.Count > 2 && file.RPath is null && file.RunPath is null;
    }

    private LibraryResolver MuslResolver() => new(new TargetRoot(_folder.PathOf("root"), "/"), "/bin/program", null);

    private void WriteLibrary(string path) => _folder.Write(path, MinimalElf.Build());
}
