using System.IO;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ManagedUprobe.Arch.X64;

/// <summary>Reads the time stamp counter.</summary>
internal static class TscStub
{
    /// <summary>Called as <c>long stub(void *)</c>.</summary>
    public static byte[] Assemble()
    {
        var a = new Assembler(64);
        a.rdtsc();
        a.shl(rdx, 32);
        a.or(rax, rdx);
        a.ret();
        using var code = new MemoryStream();
        _ = a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }
}
