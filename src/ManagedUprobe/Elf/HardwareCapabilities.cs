using System;
using System.Collections.Generic;
using System.Runtime.Intrinsics.X86;

namespace ManagedUprobe.Elf;

/// <summary>The x86-64 levels of this processor: glibc prefers libraries from <c>glibc-hwcaps/LEVEL</c> directories.</summary>
internal static class HardwareCapabilities
{
    // CPUID leaf 1 ECX: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT.
    private const uint Level2Leaf1 = (1 << 0) | (1 << 9) | (1 << 13) | (1 << 19) | (1 << 20) | (1 << 23);

    // CPUID leaf 1 ECX: FMA, MOVBE, OSXSAVE, AVX, F16C; leaf 7 EBX: BMI1, AVX2, BMI2; leaf 0x80000001 ECX: LZCNT.
    private const uint Level3Leaf1 = (1 << 12) | (1 << 22) | (1 << 27) | (1 << 28) | (1 << 29);
    private const uint Level3Leaf7 = (1 << 3) | (1 << 5) | (1 << 8);
    private const uint Level3Extended = 1 << 5;

    // CPUID leaf 7 EBX: AVX512F, DQ, CD, BW, VL.
    private const uint Level4Leaf7 = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31);

    // CPUID leaf 13, subleaf of a state component: EAX its size in the XSAVE area, EBX its offset.
    private const uint XsaveLeaf = 13;
    private const uint AvxState = 2;
    private const uint UpperAvx512State = 7;

    private static readonly Lazy<IReadOnlyList<string>> s_levels = new(Detect);

    /// <summary>Names of the directories below <c>glibc-hwcaps</c>, the best first.</summary>
    public static IReadOnlyList<string> Levels => s_levels.Value;

    private static string[] Detect()
    {
        if (!X86Base.IsSupported || !HasAll(Leaf(1).Ecx, Level2Leaf1))
        {
            return [];
        }

        uint features = Leaf(0).Eax >= XsaveLeaf ? Leaf(7).Ebx : 0;
        bool level3 = HasAll(Leaf(1).Ecx, Level3Leaf1) && HasAll(features, Level3Leaf7)
            && HasAll(Leaf(0x80000001).Ecx, Level3Extended) && IsEnabled(AvxState);
        if (!level3)
        {
            return ["x86-64-v2"];
        }

        return HasAll(features, Level4Leaf7) && IsEnabled(UpperAvx512State)
            ? ["x86-64-v4", "x86-64-v3", "x86-64-v2"]
            : ["x86-64-v3", "x86-64-v2"];
    }

    // Subleaf 0 EBX is the size of the area for what the kernel has enabled: it tells that from what the processor has.
    private static bool IsEnabled(uint state)
    {
        (uint size, uint offset, uint _) = Leaf(XsaveLeaf, state);
        return size != 0 && Leaf(XsaveLeaf).Ebx >= offset + size;
    }

    private static bool HasAll(uint value, uint bits) => (value & bits) == bits;

    private static (uint Eax, uint Ebx, uint Ecx) Leaf(uint number, uint subleaf = 0)
    {
        unchecked
        {
            (int eax, int ebx, int ecx, int _) = X86Base.CpuId((int)number, (int)subleaf);
            return ((uint)eax, (uint)ebx, (uint)ecx);
        }
    }
}
