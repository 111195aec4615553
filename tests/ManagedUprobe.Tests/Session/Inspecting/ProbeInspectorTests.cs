using System;
using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session.Inspecting;
using ManagedUprobe.Tests.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Session.Inspecting;

public sealed class ProbeInspectorTests : IDisposable
{
    // At 0 mov, 5 lock, 8 vmovd whose opcode byte 6e is outs in the kernel's table, 12 ret; at 13 an IFUNC.
    private const string Source = """
        .text
        .globl f
        .type f, @function
        f: movl $1, %eax
        lock incl (%rdi)
        vmovd %eax, %xmm0
        ret
        .size f, . - f
        .globl chosen
        .type chosen, @gnu_indirect_function
        chosen: xorl %eax, %eax
        ret
        .size chosen, . - chosen
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void TheStartOfAFunctionIsPlaced()
    {
        ProbeExplanation at = Explain("f");
        Assert.Equal(("f", Boundary.FunctionStart, null, null), (at.Symbol, at.Boundary, at.Refusal, at.KernelAnswer));
        Assert.Equal([0xb8, 1, 0, 0, 0], at.Bytes);
        Assert.StartsWith("mov $1,%eax", at.Instruction, StringComparison.Ordinal);
        Assert.True(at.IsExecutable);
    }

    [Fact]
    public void TheMiddleOfAnInstructionIsRefusedThoughTheKernelPlacesIt()
    {
        ProbeExplanation at = Explain("f+2");
        Assert.Equal(("f+0x2", Boundary.Middle), (at.Symbol, at.Boundary));
        Assert.Contains("(f) and", at.Refusal, StringComparison.Ordinal);
        Assert.Contains("(f+0x5)", at.Refusal, StringComparison.Ordinal);
        Assert.StartsWith("places it", at.KernelAnswer, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatBothRefuseSaysNothingOfTheKernel()
    {
        ProbeExplanation at = Explain("f+5");
        Assert.Equal("the instruction: a lock prefix", at.Refusal);
        Assert.Null(at.KernelAnswer);
    }

    [Fact]
    public void AnInstructionThatOnlyTheKernelRefusesIsPlacedAndTold()
    {
        ProbeExplanation at = Explain("f+8");
        Assert.False(at.IsRefused);
        Assert.Equal("refuses it with ENOTSUPP (524): its opcode byte is missing from the kernel's table", at.KernelAnswer);
    }

    [Fact]
    public void AnIfuncIsToldOf()
    {
        Assert.True(Explain("chosen").IsIndirect);
        Assert.False(Explain("f").IsIndirect);
    }

    [Fact]
    public void APlaceOutsideCodeIsNotExecutable() => Assert.False(Explain("0x10").IsExecutable);

    [Fact]
    public void AnOffsetBehindTheFileIsRefused() => Assert.Contains("not in the file", Explain("0xffffff").Refusal, StringComparison.Ordinal);

    [Fact]
    public void AFileThatIsNoProgramIsRefused()
    {
        string text = _folder.Write("text", "no program");
        Assert.Contains("not an ELF file", ExplainAt($"{text}:0x2").Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void AWrongDefinitionHasItsPosition()
    {
        var inspector = new ProbeInspector(pid: null);
        UprobeException error = Assert.Throws<UprobeException>(() => inspector.Define("p:g/e /bin/sh:0x10 a=%zz"));
        Assert.Equal("Invalid register name", error.Message);
        Assert.True(error.Position > 0);
    }

    [Fact]
    public void AProcessTellsWhereItMapsThePlace()
    {
        var inspector = new ProbeInspector(Environment.ProcessId);
        inspector.Define("p libc.so.6:malloc");
        inspector.Define($"p {Build()}:f");
        ProbeExplanation[] all = [.. inspector.ExplainAll()];
        Assert.Single(all[0].Process!.Addresses);
        Assert.Empty(all[1].Process!.Addresses);
        Assert.Equal("a process cannot trace itself", all[0].Process!.WhyRefused);
    }

    public void Dispose() => _folder.Dispose();

    private ProbeExplanation Explain(string place) => ExplainAt($"{Build()}:{place}");

    private static ProbeExplanation ExplainAt(string place)
    {
        var inspector = new ProbeInspector(pid: null);
        inspector.Define($"p:g/e {place}");
        return inspector.ExplainAll().Single();
    }

    private string Build() => Tool.Compile(_folder, "code.s", Source, "-nostdlib", "-shared");
}
