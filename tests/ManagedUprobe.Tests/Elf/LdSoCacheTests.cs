using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ManagedUprobe.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class LdSoCacheTests
{
    private const string CachePath = "/etc/ld.so.cache";

    private static readonly string[] s_levels = ["x86-64-v3", "x86-64-v2"];

    [Fact]
    public void FindsWhatLdconfigPrints()
    {
        Assert.SkipUnless(File.Exists(CachePath), "this system has no ld.so.cache");
        var cache = LdSoCache.TryRead(CachePath);
        Assert.NotNull(cache);
        ILookup<string, string> libraries = Tool.Lines(File.Exists("/sbin/ldconfig") ? "/sbin/ldconfig" : "ldconfig", "-p")
            .Where(line => line.Contains("(libc6,x86-64)", StringComparison.Ordinal))
            .ToLookup(line => line.Trim().Split(' ')[0], line => line[(line.IndexOf("=> ", StringComparison.Ordinal) + 3)..]);
        Assert.NotEmpty(libraries);
        foreach (IGrouping<string, string> library in libraries)
        {
            Assert.Equal(library, cache.Find(library.Key, []));
        }

        Assert.Empty(cache.Find("libnone.so.0", []));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PrefersTheBestLevelOfTheProcessor(bool oldFormatFirst)
    {
        byte[] bytes = Build(
            ["x86-64-v2", "x86-64-v3", "x86-64-v4"],
            ("liba.so", "/lib/glibc-hwcaps/x86-64-v2/liba.so", 0x303, Named(0)),
            ("liba.so", "/lib/glibc-hwcaps/x86-64-v4/liba.so", 0x303, Named(2)),
            ("liba.so", "/lib/glibc-hwcaps/x86-64-v3/liba.so", 0x303, Named(1)),
            ("liba.so", "/lib/liba.so", 0x303, 0),
            ("liba.so", "/lib/other/liba.so", 0x303, 0),
            ("liba.so", "/lib/old/liba.so", 0x303, 1 << 5),
            ("liba.so", "/lib/bad/liba.so", 0x303, Named(77)),
            ("liba.so", "/lib32/liba.so", 0x3, 0),
            ("liba.so.1", "/lib/liba.so.1", 0x303, 0));
        LdSoCache cache = LdSoCache.Parse(oldFormatFirst ? [.. OldFormat(), .. bytes] : bytes)!;

        Assert.Equal(
            ["/lib/glibc-hwcaps/x86-64-v3/liba.so", "/lib/glibc-hwcaps/x86-64-v2/liba.so", "/lib/liba.so", "/lib/other/liba.so"],
            cache.Find("liba.so", s_levels));
        Assert.Equal(["/lib/liba.so", "/lib/other/liba.so"], cache.Find("liba.so", []));
    }

    [Fact]
    public void RefusesOtherFormats()
    {
        Assert.Null(LdSoCache.TryRead("/etc/none"));
        Assert.Null(LdSoCache.Parse([]));
        Assert.Null(LdSoCache.Parse(Encoding.ASCII.GetBytes("glibc-ld.so.cache1.1")));
        Assert.Null(LdSoCache.Parse(Encoding.ASCII.GetBytes("glibc-ld.so.cache2.0" + new string('\0', 64))));
        Assert.Null(LdSoCache.Parse(OldFormat()));
    }

    [Fact]
    public void OutlivesAnyDamage()
    {
        byte[] original = Build(["x86-64-v2"], ("liba.so", "/lib/liba.so", 0x303, Named(0)), ("liba.so", "/lib/liba.so", 0x303, 0));
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutant = original[..random.Next(20, original.Length + 1)];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                mutant[random.Next(20, Math.Max(21, mutant.Length)) % mutant.Length] = (byte)(random.Next(2) == 0 ? 0xff : random.Next(256));
            }

            Assert.InRange(LdSoCache.Parse(mutant)?.Find("liba.so", s_levels).Count ?? 0, 0, 2);
        }
    }

    private static ulong Named(uint index) => (1UL << 62) | index;

    private static byte[] OldFormat()
    {
        byte[] bytes = new byte[16 + 12 + 4]; // one entry, rounded up to 8
        Encoding.ASCII.GetBytes("ld.so-1.7.0").CopyTo(bytes, 0);
        bytes[12] = 1;
        return bytes;
    }

    private static byte[] Build(string[] capabilities, params (string Name, string Path, uint Flags, ulong Capability)[] entries)
    {
        var strings = new MemoryStream();
        int stringsAt = 48 + (entries.Length * 24);
        uint Intern(string text)
        {
            uint at = (uint)(stringsAt + strings.Position);
            strings.Write(Encoding.ASCII.GetBytes(text + "\0"));
            return at;
        }

        using var table = new MemoryStream();
        using var writer = new BinaryWriter(table);
        foreach ((string name, string path, uint flags, ulong capability) in entries)
        {
            writer.Write(flags);
            writer.Write(Intern(name));
            writer.Write(Intern(path));
            writer.Write(0);
            writer.Write(capability);
        }

        uint[] names = [.. capabilities.Select(Intern)];
        uint extensionAt = (uint)(stringsAt + strings.Length);
        List<byte> bytes = [.. Encoding.ASCII.GetBytes("glibc-ld.so.cache1.1")];
        uint[] header = [(uint)entries.Length, (uint)strings.Length, 0, extensionAt, 0, 0, 0];
        uint[] extension = [0xeaa42174, 1, 1, 0, extensionAt + 24, (uint)(names.Length * 4)];
        bytes.AddRange(header.SelectMany(BitConverter.GetBytes));
        bytes.AddRange(table.ToArray());
        bytes.AddRange(strings.ToArray());
        bytes.AddRange(extension.Concat(names).SelectMany(BitConverter.GetBytes));
        return [.. bytes];
    }
}
