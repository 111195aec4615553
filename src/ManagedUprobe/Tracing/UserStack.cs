using System;
using System.Buffers.Binary;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing;

/// <summary>The stack of a thread at a hit, as the kernel walks it: along frame pointers.</summary>
/// <param name="regs">Registers of the thread.</param>
/// <param name="ip">Where the thread is: the probed address, or where it returns to.</param>
/// <param name="memory">Its memory.</param>
internal readonly ref struct UserStack(ref readonly UserRegs regs, ulong ip, ITraceeMemory? memory)
{
    private const int FrameSize = 2 * sizeof(ulong);

    private readonly ref readonly UserRegs _regs = ref regs;

    /// <summary>Finds the callers, the innermost first. No allocation.</summary>
    /// <param name="callers">Receives addresses: where the thread is, then return addresses.</param>
    /// <returns>How many there are; none when nothing is known of the thread.</returns>
    public int Walk(Span<ulong> callers)
    {
        if (memory == null)
        {
            return 0;
        }

        callers[0] = ip;
        int count = 1;
        Span<byte> frame = stackalloc byte[FrameSize];
        ulong fp = _regs.rbp;
        while (count < callers.Length && fp <= long.MaxValue && memory.TryRead(fp, frame) && fp >= _regs.rsp)
        {
            ulong returnVaddr = BinaryPrimitives.ReadUInt64LittleEndian(frame[sizeof(ulong)..]);
            if (returnVaddr == 0)
            {
                break;
            }

            callers[count++] = returnVaddr;
            fp = BinaryPrimitives.ReadUInt64LittleEndian(frame);
        }

        return count;
    }
}
