using System;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using Microsoft.Win32.SafeHandles;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Sites of our own on the system call instructions with which the linker, libc and the main program change mappings: a file that becomes executable is armed
/// before its first instruction runs. They cost something only where they are called.
/// </summary>
/// <remarks>
/// <para>The call that may matter runs in a second slot that ends in an int3, so that we see the result; all others run through the ordinary boosted slot. rt_sigaction is watched for SIGTRAP's
/// action, which the kernel forgets when an int3 is hit with the signal blocked; where that has happened, rt_sigprocmask as well.</para>
/// <para>Not seen: calls through libc's syscall(), and mappings made by a shared library's own instructions.</para>
/// </remarks>
internal sealed class SyscallWatch
{
    private const int SYS_mmap = 9;
    private const int SYS_mprotect = 10;
    private const int SYS_rt_sigaction = 13;
    private const int SYS_rt_sigprocmask = 14;
    private const int SYS_mremap = 25;
    private const int SIGTRAP = 5;
    private const int WindowSize = 64;
    private const ulong ProtExec = 4;
    private const ulong ProtWrite = 2;
    private const int MapShared = 1;
    private const int MapAnonymous = 0x20;
    private const ulong MaxTextSize = 64 * 1024 * 1024;

    private static readonly int[] s_watched = [SYS_mmap, SYS_mprotect, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_mremap];
    private static readonly ArchUprobe s_syscallInsn = InsnAnalyzer.Analyze(X64Syscall.Insn);

    private readonly Dictionary<(FileIdentity File, ulong Offset), List<SyscallSite>> _sitesOfText = [];

    /// <summary>Writes the second slot of a watched call: the call, the int3 that stops behind it, and for a thread that nobody stops any more the way back.</summary>
    public static bool TryWriteExitSlot(ITraceeMemory memory, ulong slotVaddr, Site site)
    {
        Span<byte> code = stackalloc byte[XolArea.SlotSize];
        X64Syscall.Insn.CopyTo(code);
        code[ExitSlotTrap] = 0xcc;
        int back = ExitSlotTrap + 1;
        bool built = BoostedSlot.TryBuildSyscallExit(site.Vaddr + (ulong)site.Insn.Length, slotVaddr + (ulong)back, code[back..], out int length);
        return built && memory.TryWrite(slotVaddr, code[..(back + length)]);
    }

    /// <summary>Offset of that int3.</summary>
    public const int ExitSlotTrap = 2;

    /// <summary>The displaced instruction of a site of this kind.</summary>
    public static ArchUprobe Insn => s_syscallInsn;

    /// <summary>Whether mappings are made by the code of this file: the main program's, the dynamic linker's, libc's.</summary>
    /// <param name="area">An executable mapping.</param>
    /// <param name="program">What /proc/PID/exe leads to.</param>
    public static bool IsMapper(in VmArea area, string? program)
    {
        ReadOnlySpan<char> name = Path.GetFileName(area.Path.AsSpan());
        return area.Path == program
            || name.StartsWith("ld-", StringComparison.Ordinal)
            || name.StartsWith("ld.", StringComparison.Ordinal)
            || name.StartsWith("libc.", StringComparison.Ordinal)
            || name.StartsWith("libc-", StringComparison.Ordinal);
    }

    /// <summary>Looks for the instructions of a mapping in its file, if that can be read, before they are asked for.</summary>
    public void Prepare(in VmArea area, FileIdentity file, int tid) => _ = Find(area, file, tid, memory: null);

    /// <summary>The watched system call instructions of a mapping, by file offset; looked for once for each file.</summary>
    /// <param name="area">An executable mapping.</param>
    /// <param name="file">The mapped file as stat identifies it.</param>
    /// <param name="tid">A task that has the mapping.</param>
    /// <param name="memory">Read where the file cannot be opened.</param>
    public List<SyscallSite> FindSites(in VmArea area, FileIdentity file, int tid, ITraceeMemory memory) => Find(area, file, tid, memory);

    private List<SyscallSite> Find(in VmArea area, FileIdentity file, int tid, ITraceeMemory? memory)
    {
        if (_sitesOfText.TryGetValue((file, area.Offset), out List<SyscallSite>? sites))
        {
            return sites;
        }

        sites = [];
        byte[] text = new byte[Math.Min(area.End - area.Start, MaxTextSize)];
        int length = ReadFile(area, file, tid, text);
        length = length > 0 || memory == null ? length : memory.ReadUpTo(area.Start, text);
        if (length > 0 || memory != null)
        {
            SyscallScanner.Find(text.AsSpan(0, length), area.Offset, s_watched, sites);
            _sitesOfText.Add((file, area.Offset), sites);
        }

        return sites;
    }

    /// <summary>Whether an instruction makes the call that sets actions of signals.</summary>
    public static bool IsSigaction(in SyscallSite site) => site.Number == SYS_rt_sigaction;

    /// <summary>Whether an instruction makes the call that changes the mask of blocked signals.</summary>
    public static bool IsSigmask(in SyscallSite site) => site.Number == SYS_rt_sigprocmask;

    /// <summary>Whether an instruction of the target makes one of the calls that set actions or masks of signals, whatever is in its first byte now.</summary>
    public static bool SetsActionsOrMasks(ITraceeMemory memory, ulong vaddr, ArchUprobe insn)
    {
        Span<byte> code = stackalloc byte[WindowSize + X64Syscall.InsnLength];
        if (!insn.Bytes.SequenceEqual(X64Syscall.Insn) || !memory.TryRead(vaddr - WindowSize, code))
        {
            return false;
        }

        var found = new List<SyscallSite>();
        X64Syscall.Insn.CopyTo(code[WindowSize..]);
        SyscallScanner.Find(code, 0, [SYS_rt_sigaction, SYS_rt_sigprocmask], found);
        return found.Exists(site => site.Offset == WindowSize);
    }

    /// <summary>Whether the call that a task is about to make may change what is executable.</summary>
    public static bool MayMapCode(in UserRegs regs) => (int)regs.rax switch
    {
        SYS_mmap => (regs.rdx & ProtExec) != 0 && (regs.r10 & MapAnonymous) == 0,
        SYS_mprotect => (regs.rdx & ProtExec) != 0,
        SYS_mremap => true,
        _ => false,
    };

    /// <summary>Whether a call may map what a reference counter lives in: a file, private and writable.</summary>
    public static bool MayMapData(in UserRegs regs) =>
        (int)regs.rax == SYS_mmap && (regs.rdx & ProtWrite) != 0 && (regs.r10 & (MapAnonymous | MapShared)) == 0;

    /// <summary>Takes note of a new action for SIGTRAP.</summary>
    public static void NoteSigaction(UprobeTask task, in UserRegs regs)
    {
        Span<byte> action = stackalloc byte[TrapAction.Size];
        if ((int)regs.rax == SYS_rt_sigaction && (int)regs.rdi == SIGTRAP && regs.rsi != 0 && task.Mm.Memory.TryRead(regs.rsi, action))
        {
            task.Group.TrapAction = TrapAction.Parse(action);
        }
    }

    private static int ReadFile(in VmArea area, FileIdentity file, int tid, byte[] text)
    {
        string path = FileAliases.PathOf(area, tid);
        if (Libc.Stat(path, out FileStat status) != 0 || status.Identity != file)
        {
            return 0;
        }

        try
        {
            using SafeFileHandle handle = File.OpenHandle(path);
            return RandomAccess.Read(handle, text, (long)area.Offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
