using ManagedUprobe.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>Where a return address is on a stack of a Go routine, in a form that stays the same when the stack grows and moves.</summary>
internal static class GoStack
{
    // runtime.g begins with stack.lo and stack.hi; compiled Go code has its address in r14.
    private const ulong StackHi = 8;
    private const ulong Spread = 0x9e37_79b9_7f4a_7c15;

    /// <summary>A number for the routine and the distance from the top of its stack, which moving keeps; false when the routine cannot be read.</summary>
    public static bool TryFindPlace(UprobeTask task, ulong sp, out ulong place)
    {
        ref UserRegs regs = ref task.Context.Registers;
        bool read = StackWord.TryRead(task, unchecked(regs.r14 + StackHi), out ulong high);
        place = unchecked((regs.r14 * Spread) ^ (high - sp));
        return read;
    }

    /// <summary>Where a return address at <paramref name="sp"/> is looked for when one of the functions returns that return at a site.</summary>
    public static ulong PlaceOf(UprobeTask task, UprobeNode site, ulong sp) =>
        site.ReturnSiteOf[0].Returns is { StacksMove: true } && TryFindPlace(task, sp, out ulong place) ? place : sp;
}
