using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const nint SYS_arch_prctl = 158;
    private const nint SYS_rseq = 334;

    /// <summary>
    /// Ends the restartable sequences of the calling thread, which libc begins for each: the kernel would write the CPU into their area at every switch to the thread. Where
    /// libc has none, or the kernel refuses, all stays as it was.
    /// </summary>
    public static void EndRestartableSequences()
    {
        const nint ARCH_GET_FS = 0x1003;
        const nint RSEQ_FLAG_UNREGISTER = 1;
        const nint Signature = 0x53053053;

        // What the first libc registered that did so, and the least that the kernel takes; later ones name what they use of it.
        const nint AreaSize = 32;
        nint threadPointer = 0;
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "__rseq_offset", out nint offset)
            && syscall3(SYS_arch_prctl, ARCH_GET_FS, (nint)(&threadPointer), 0) == 0)
        {
            _ = syscall6(SYS_rseq, unchecked(threadPointer + *(nint*)offset), AreaSize, RSEQ_FLAG_UNREGISTER, Signature, 0, 0);
        }
    }
}
