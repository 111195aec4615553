using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>struct ptrace_rseq_configuration: where a thread registered its rseq area, 0 when it did not.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RseqConfiguration
{
    public ulong rseq_abi_pointer;
    public uint rseq_abi_size;
    public uint signature;
    public uint flags;
    public uint pad;
}
