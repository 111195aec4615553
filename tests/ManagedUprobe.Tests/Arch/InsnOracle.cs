using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using ManagedUprobe.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Builds and runs the C program that executes cases natively and in slots.</summary>
internal sealed class InsnOracle : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("insn_oracle").FullName;

    public InsnOracle()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc") || File.Exists("/usr/bin/cc"), "no C compiler");
        string source = Path.Combine(Repository.Root, "fixtures", "insn_oracle.c");
        Run("cc", "-O2", "-o", Path.Combine(_folder, "oracle"), source);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>For each case the results of: the site, the boosted slot run, the step slot stepped, the boosted slot stepped once.</summary>
    public List<OracleResult[]> Run(OracleLayout layout, List<OracleCase> cases)
    {
        string input = Path.Combine(_folder, "cases");
        string output = Path.Combine(_folder, "results");
        Write(input, layout, cases);
        Run(Path.Combine(_folder, "oracle"), input, output);
        using var reader = new BinaryReader(new BufferedStream(File.OpenRead(output), 1 << 16));
        var results = new List<OracleResult[]>();
        foreach (OracleCase _ in cases)
        {
            results.Add([
                OracleResult.Read(reader, layout), OracleResult.Read(reader, layout),
                OracleResult.Read(reader, layout), OracleResult.Read(reader, layout),
            ]);
        }

        return results;
    }

    private static void Write(string path, OracleLayout layout, List<OracleCase> cases)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(layout.CodeVaddr);
        writer.Write(layout.SlotVaddr);
        writer.Write(layout.ArenaVaddr);
        writer.Write(layout.Arena.Length);
        writer.Write(cases.Count);
        writer.Write(layout.Arena);
        foreach (OracleCase one in cases)
        {
            byte[] site = new byte[16];
            one.Insn.Bytes.CopyTo(site);
            writer.Write(site);
            writer.Write(one.Boosted);
            writer.Write(one.Stepped);
            writer.Write((byte)one.Insn.Length);
            writer.Write((byte)one.BoostedLayout.Length);
            writer.Write((byte)one.SteppedLayout.Length);
            writer.Write((byte)(one.StepNatively ? 1 : 0));
            writer.Write(one.Seed);
            UserRegs regs = one.Before;
            writer.Write(MemoryMarshal.AsBytes(new Span<UserRegs>(ref regs)));
        }
    }

    private static void Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.SkipWhen(errors.Contains("PTRACE_TRACEME", StringComparison.Ordinal), "ptrace is not permitted");
        Assert.True(process.ExitCode == 0, $"{file} exited with {process.ExitCode}: {errors}");
    }
}
