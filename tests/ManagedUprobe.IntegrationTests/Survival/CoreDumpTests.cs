using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>The core of a process that dies under probes is that of an untraced run: its own bytes, its own return addresses.</summary>
public sealed class CoreDumpTests : IDisposable
{
    private const string CorePattern = "/proc/sys/kernel/core_pattern";

    // Of the program header table: 64-bit ELF.
    private const int HeaderOffset = 32;
    private const int HeaderCount = 56;
    private const int HeaderSize = 56;
    private const int Load = 1;

    private readonly PrivateFolder _folder = new();

    [Theory]
    [InlineData(Signum.SIGSEGV, "hijack")]
    [InlineData(Signum.SIGABRT, "hijack")]
    [InlineData(Signum.SIGQUIT, "sites")]
    public void ShowsTheProgramsOwnBytesAndReturnAddresses(Signum signal, string returns)
    {
        string pattern = File.ReadAllText(CorePattern).Trim();
        Assert.SkipUnless(pattern == "core", $"core_pattern is '{pattern}': cores go elsewhere.");
        string program = Fixture.Path("dumps");
        string[] command = ["/bin/sh", "-c", $"cd {_folder.Path} && ulimit -c unlimited && exec setarch -R {program} {(int)signal}"];

        string[] alone = CommandRunner.Run(command[0], command[1..]).Output.Split(' ', '\n');
        Assert.NotEmpty(TakeCore());
        CommandResult traced = Muprobe.Run(["stat", "--return", returns, "-e", $"p {program}:middle", "-e", $"r {program}:middle", "-e", $"p {program}:inner", "--", .. command]);
        byte[] core = TakeCore();

        Assert.Equal(128 + (int)signal, traced.ExitStatus);
        ulong[] places = [.. alone.Take(3).Select(word => ulong.Parse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        Assert.Equal(BinaryPrimitives.ReadUInt64LittleEndian(File.ReadAllBytes(program).AsSpan((int)ElfSymbols.OffsetOf(program, "middle"))), Word(core, places[0]));
        Assert.Equal(places[2], Word(core, places[1]));
    }

    public void Dispose() => _folder.Dispose();

    private byte[] TakeCore()
    {
        string path = Directory.GetFiles(_folder.Path, "core*").Single();
        byte[] core = File.ReadAllBytes(path);
        File.Delete(path);
        return core;
    }

    private static ulong Word(byte[] core, ulong vaddr)
    {
        int table = (int)BinaryPrimitives.ReadUInt64LittleEndian(core.AsSpan(HeaderOffset));
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(core.AsSpan(HeaderCount)); i++)
        {
            ReadOnlySpan<byte> header = core.AsSpan(table + (i * HeaderSize), HeaderSize);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == Load && vaddr - start < size)
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(core.AsSpan((int)(offset + vaddr - start)));
            }
        }

        throw new InvalidDataException($"The core has nothing at 0x{vaddr:x}.");
    }
}
