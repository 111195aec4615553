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

    // CPUID leaf 13 EBX is the size of the XSAVE area for what the kernel has enabled: it tells that from what the processor has.
    private const uint AreaWithAvx = 832;
    private const uint AreaWithAvx512 = 2688;

    private static readonly Lazy<IReadOnlyList<string>> s_levels = new(Detect);

    /// <summary>Names of the directories below <c>glibc-hwcaps</c>, the best first.</summary>
    public static IReadOnlyList<string> Levels => s_levels.Value;

    private static IReadOnlyList<string> Detect()
    {
        if (!X86Base.IsSupported || !HasAll(Leaf(1).Ecx, Level2Leaf1))
        {
            return [];
        }

        uint area = HasAll(Leaf(1).Ecx, Level3Leaf1) ? Leaf(13).Ebx : 0;
        uint features = (uint)X86Base.CpuId(0, 0).Eax >= 7 ? Leaf(7).Ebx : 0;
        bool level3 = area >= AreaWithAvx && HasAll(features, Level3Leaf7)
            && HasAll(Leaf(0x80000001).Ecx, Level3Extended);
        if (!level3)
        {
            return ["x86-64-v2"];
        }

        return area >= AreaWithAvx512 && HasAll(features, Level4Leaf7)
            ? ["x86-64-v4", "x86-64-v3", "x86-64-v2"]
            : ["x86-64-v3", "x86-64-v2"];
    }

    private static bool HasAll(uint value, uint bits) => (value & bits) == bits;

    private static (uint Ebx, uint Ecx) Leaf(uint number)
    {
        (int _, int ebx, int ecx, int _) = X86Base.CpuId(unchecked((int)number), 0);
        return unchecked(((uint)ebx, (uint)ecx));
    }
}
