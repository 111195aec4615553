using System;
using System.IO;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class ElfFileRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, Action<byte[]>, string> Headers => new()
    {
        { "other magic", file => file[1] = (byte)'X', "not an ELF file" },
        { "script", file => "#!/bin/sh\n"u8.CopyTo(file), "it is a script" },
        { "32 bits", file => file[4] = 1, "32-bit ELF file (ELFCLASS32)" },
        { "class 9", file => file[4] = 9, "unknown class 9" },
        { "big-endian", file => file[5] = 2, "big-endian" },
        { "AArch64", file => MinimalElf.Put16(file, 18, 183), "for AArch64, not for x86-64" },
        { "RISC-V", file => MinimalElf.Put16(file, 18, 243), "for RISC-V, not for x86-64" },
        { "i386 in 64 bits", file => MinimalElf.Put16(file, 18, 3), "for Intel 80386, not for x86-64" },
        { "machine 9999", file => MinimalElf.Put16(file, 18, 9999), "for machine 9999" },
        { "object file", file => MinimalElf.Put16(file, 16, 1), "relocatable object file" },
        { "core dump", file => MinimalElf.Put16(file, 16, 4), "core dump" },
        { "type 77", file => MinimalElf.Put16(file, 16, 77), "type 77" },
        { "no program headers", file => MinimalElf.Put16(file, 56, 0), "0 program headers" },
        { "1171 program headers", file => MinimalElf.Put16(file, 56, 1171), "1171 program headers" },
        { "1170 program headers", file => MinimalElf.Put16(file, 56, 1170), "truncated ELF file: the table of program headers" },
        { "small program headers", file => MinimalElf.Put16(file, 54, 32), "program headers of 32 bytes" },
        { "small section headers", file => { MinimalElf.Put64(file, 40, 128); MinimalElf.Put16(file, 58, 40); }, "section headers of 40 bytes" },
        { "program headers at the end", file => MinimalElf.Put64(file, 32, ulong.MaxValue - 8), "truncated ELF file: the table of program headers" },
        { "segment beyond the end", file => MinimalElf.PutSegment(file, 0, 1, 0, 0x1000, MinimalElf.Length + 1), "truncated ELF file: segment 0" },
        { "segment offset that wraps", file => MinimalElf.PutSegment(file, 0, 1, ulong.MaxValue, 0x1000, 16), "truncated ELF file: segment 0" },
        { "segment that wraps around", file => MinimalElf.PutSegment(file, 0, 1, 0, ulong.MaxValue - 4, 16), "wraps around the address space" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void NamesWhatIsWrongWithTheHeader(string what, Action<byte[]> damage, string message)
    {
        byte[] bytes = MinimalElf.Build();
        damage(bytes);
        string path = _folder.Write("file", bytes);

        UprobeException error = Assert.Throws<UprobeException>(() => ElfFile.Open(path));

        Assert.Equal(Errno.ENOEXEC, error.Errno);
        Assert.True(error.Message.Contains(message, StringComparison.Ordinal), $"{what}: {error.Message}");
        Assert.StartsWith(path + ": ", error.Message);
    }

    [Fact]
    public void OpensTheMinimalFile()
    {
        using var file = ElfFile.Open(_folder.Write("file", MinimalElf.Build()));
        Assert.Equal(ElfType.SharedObject, file.Type);
        Assert.Equal(0x10c0u, file.EntryPoint);
        Assert.Equal([new FileRange(0, MinimalElf.Length)], file.ExecutableSegments);
        Assert.Null(file.Interpreter);
        Assert.Null(file.BuildId);
        Assert.Null(file.SoName);
        Assert.Empty(file.ListFunctions());
        Assert.Empty(file.SdtMarkers);
        Assert.False(file.TryFindFunctionAt(0, out _));
    }

    [Theory]
    [InlineData(0, "not an ELF file")]
    [InlineData(3, "not an ELF file")]
    [InlineData(4, "truncated ELF file: the ELF header")]
    [InlineData(15, "truncated ELF file: the ELF header")]
    [InlineData(63, "truncated ELF file: the ELF header")]
    [InlineData(64, "truncated ELF file: the table of program headers")]
    [InlineData(255, "truncated ELF file: segment 0")]
    public void NamesATruncatedFile(int length, string message)
    {
        string path = _folder.Write("file", MinimalElf.Build()[..length]);
        Assert.Contains(message, Assert.Throws<UprobeException>(() => ElfFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesATruncatedTableOfSections()
    {
        byte[] bytes = MinimalElf.Build();
        MinimalElf.Put64(bytes, 40, 250); // e_shoff
        MinimalElf.Put16(bytes, 60, 1); // e_shnum
        using var file = ElfFile.Open(_folder.Write("file", bytes));
        Assert.Contains("truncated", Assert.Throws<UprobeException>(() => file.FindFunctions("f")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesACountOfSectionsThatNoFileHas()
    {
        byte[] bytes = MinimalElf.Build();
        MinimalElf.Put64(bytes, 40, 128); // e_shoff; e_shnum 0: sh_size of section 0 is the count
        MinimalElf.Put64(bytes, 128 + 32, ulong.MaxValue);
        using var file = ElfFile.Open(_folder.Write("file", bytes));
        Assert.Contains("4294967295 section headers", Assert.Throws<UprobeException>(() => file.ListFunctions()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesATableThatIsTooLargeToRead()
    {
        byte[] bytes = MinimalElf.Build();
        MinimalElf.Put16(bytes, 56, 2);
        MinimalElf.PutSegment(bytes, 1, type: 2, offset: 0, vaddr: 0, size: 2 << 20); // PT_DYNAMIC of 2 MiB
        string path = _folder.Write("file", bytes);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(4 << 20);
        }

        using var file = ElfFile.Open(path);
        Assert.Contains("the dynamic section has 2097152 bytes", Assert.Throws<UprobeException>(() => file.Needed).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", Errno.ENOENT)]
    [InlineData("missing/below", Errno.ENOENT)]
    [InlineData("", Errno.EISDIR)]
    [InlineData("nul\0nul", Errno.ENOENT)]
    public void GivesTheErrnoOfAFileThatCannotBeOpened(string name, Errno errno)
    {
        string path = _folder.PathOf(name);
        Assert.Equal(errno, Assert.Throws<UprobeException>(() => ElfFile.Open(path)).Errno);
    }

    [Fact]
    public void DoesNotWaitForAWriterOfAPipe()
    {
        string pipe = _folder.PathOf("pipe");
        Tool.Lines("mkfifo", pipe);
        string link = _folder.PathOf("link");
        File.CreateSymbolicLink(link, "pipe");
        Assert.Contains("no regular file", Assert.Throws<UprobeException>(() => ElfFile.Open(pipe)).Message, StringComparison.Ordinal);
        Assert.Contains("no regular file", Assert.Throws<UprobeException>(() => ElfFile.Open(link)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/proc/self/maps")]
    public void RefusesWhatIsNoRegularFile(string path) =>
        Assert.Equal(Errno.ENOEXEC, Assert.Throws<UprobeException>(() => ElfFile.Open(path)).Errno);

    [Fact]
    public void LeavesAForeignHandleOpen()
    {
        string path = _folder.Write("file", MinimalElf.Build());
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
        using (var file = ElfFile.Open(handle, "the file"))
        {
            Assert.Equal("the file", file.Name);
        }

        Assert.Equal(MinimalElf.Length, RandomAccess.GetLength(handle));
    }

    public void Dispose() => _folder.Dispose();
}
