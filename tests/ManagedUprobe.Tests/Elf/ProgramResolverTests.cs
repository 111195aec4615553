using System;
using System.IO;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class ProgramResolverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private ProgramResolver Own => new(new TargetRoot(string.Empty, _folder.FullPath));

    [Fact]
    public void TakesTheFirstExecutableFileOfThePath()
    {
        _folder.Write("a/tool", "no program");
        Directory.CreateDirectory(_folder.PathOf("b/tool"));
        _folder.WriteExecutable("c/tool", "program");
        _folder.WriteExecutable("d/tool", "another");
        string path = string.Join(':', _folder.PathOf("none"), _folder.PathOf("a"), _folder.PathOf("b"), _folder.PathOf("c/"), _folder.PathOf("d"));
        Assert.Equal(_folder.PathOf("c/tool"), Own.Find("tool", path).Path);
    }

    [Fact]
    public void FollowsLinksToPrograms()
    {
        _folder.WriteExecutable("a/real", "program");
        File.CreateSymbolicLink(_folder.PathOf("a/tool"), "real");
        Assert.Equal(_folder.PathOf("a/tool"), Own.Find("tool", _folder.PathOf("a")).Path);
    }

    [Fact]
    public void SearchesTheUsualDirectoriesWithoutAPath() => Assert.Equal("/bin/sh", Own.Find("sh", null).Path);

    [Fact]
    public void TakesAnEmptyElementAsTheWorkingDirectory()
    {
        _folder.WriteExecutable("tool", "program");
        Assert.Equal(_folder.PathOf("tool"), Own.Find("tool", "/none:").Path);
        Assert.Equal(_folder.PathOf("./tool"), Own.Find("./tool", "/none").Path);
    }

    [Theory]
    [InlineData("missing", Errno.ENOENT)]
    [InlineData("a/missing", Errno.ENOENT)]
    [InlineData("", Errno.ENOENT)]
    [InlineData("plain", Errno.EACCES)]
    [InlineData("./a/plain", Errno.EACCES)]
    [InlineData("./a", Errno.EACCES)]
    public void SaysWhyThereIsNone(string name, Errno errno)
    {
        _folder.Write("a/plain", "no program");
        Assert.Equal(errno, Assert.Throws<UprobeException>(() => Own.Find(name, _folder.PathOf("a"))).Errno);
    }

    [Theory]
    [InlineData("#!{0}/binary\n")]
    [InlineData("#! \t{0}/binary -x y\n")]
    [InlineData("#!{0}/binary")]
    [InlineData("#!{0}/script\n")]
    public void FollowsAScriptToItsInterpreter(string firstLine)
    {
        string binary = _folder.WriteExecutable("binary", "\u007fELF");
        _folder.WriteExecutable("script", $"#!{binary}\n");
        string tool = _folder.WriteExecutable("tool", firstLine.Replace("{0}", _folder.FullPath, StringComparison.Ordinal));
        Assert.Equal(binary, Own.FollowScripts(Own.Find(tool, null)).Path);
    }

    [Theory]
    [InlineData("#!{0}/tool\n", Errno.ELOOP)]
    [InlineData("#!{0}/missing\n", Errno.ENOENT)]
    [InlineData("#!{0}/plain\n", Errno.EACCES)]
    [InlineData("#!\n", Errno.ENOEXEC)]
    public void SaysWhyAScriptHasNoInterpreter(string text, Errno errno)
    {
        _folder.Write("plain", "no program");
        string tool = _folder.WriteExecutable("tool", text.Replace("{0}", _folder.FullPath, StringComparison.Ordinal));
        Assert.Equal(errno, Assert.Throws<UprobeException>(() => Own.FollowScripts(Own.Find(tool, null))).Errno);
    }

    [Fact]
    public void FindsProgramsAndInterpretersInTheTargetsRoot()
    {
        _folder.WriteExecutable("root/opt/binary", "\u007fELF");
        _folder.WriteExecutable("root/opt/tool", "#!/bin/run\n");
        Directory.CreateDirectory(_folder.PathOf("root/bin"));
        File.CreateSymbolicLink(_folder.PathOf("root/bin/run"), "/opt/binary");
        var resolver = new ProgramResolver(new TargetRoot(_folder.PathOf("root/"), "/"));
        TargetFile tool = resolver.Find("tool", "/bin:/opt");
        Assert.Equal("/opt/tool", tool.Path);
        TargetFile interpreter = resolver.FollowScripts(tool);
        Assert.Equal("/bin/run", interpreter.Path);
        Assert.Equal(_folder.PathOf("root/opt/binary"), interpreter.HostPath);
    }

    [Fact]
    public void EndsAtLinksWithoutEnd()
    {
        Directory.CreateDirectory(_folder.PathOf("root"));
        File.CreateSymbolicLink(_folder.PathOf("root/loop"), "/loop");
        var resolver = new ProgramResolver(new TargetRoot(_folder.PathOf("root"), "/"));
        Assert.Equal(Errno.ELOOP, Assert.Throws<UprobeException>(() => resolver.Find("/loop", null)).Errno);
    }

    public void Dispose() => _folder.Dispose();
}
