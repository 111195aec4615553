using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Has the changed bytes of all targets put back when the tracer is killed: a task of ours outlives it by that moment. Tracer thread.</summary>
internal sealed class Watcher : IDisposable
{
    private const Signum DeathSignal = Signum.SIGUSR2;

    // Then it waits for a CPU that others have.
    private const int QuickLooks = 1000;

    private readonly WatchMemory _memory = new((int)DeathSignal);
    private readonly ExecutableMemory _code = new(WatchStub.Assemble((int)DeathSignal));
    private WatchProgram? _healer;

    /// <summary>Starts the task. Precondition: tracer thread.</summary>
    /// <exception cref="UprobeException">No task can be made.</exception>
    public Watcher() => Start();

    /// <summary>Process id of the task.</summary>
    public int Tid { get; private set; }

    /// <summary>Notes a byte before it is changed.</summary>
    /// <param name="memory">The target's memory; it stays open until <see cref="Remove"/>.</param>
    /// <param name="vaddr">Address.</param>
    /// <param name="insn">The instruction that belongs there.</param>
    /// <param name="isLast">Whether it goes back a while after all others.</param>
    /// <returns>What to give to <see cref="Remove"/>.</returns>
    public int Add(TraceeMemory memory, ulong vaddr, ReadOnlySpan<byte> insn, bool isLast)
    {
        Span<byte> original = stackalloc byte[sizeof(ulong)];
        Span<byte> mask = stackalloc byte[sizeof(ulong)];
        original.Clear();
        mask.Clear();
        insn = insn[..Math.Min(insn.Length, sizeof(ulong))];
        insn.CopyTo(original);
        mask[1..insn.Length].Fill(byte.MaxValue);
        return _memory.Add(new WatchEntry
        {
            vaddr = vaddr,
            original = BinaryPrimitives.ReadUInt64LittleEndian(original),
            mask = BinaryPrimitives.ReadUInt64LittleEndian(mask),
            fd = memory.Descriptor,
            armed = isLast ? 2 : 1,
        });
    }

    /// <summary>Has a program executed in the end which puts right what the task cannot: it is given the arguments, then the ids of the targets.</summary>
    public void SetHealer(string path, IReadOnlyList<string> arguments) => _healer = new WatchProgram(path, arguments);

    /// <summary>A target is traced from now on.</summary>
    public void AddTarget(int pid)
    {
        _healer?.Add(pid);
        _memory.SetProgram(_healer is { HasTargets: true } ? _healer : null);
    }

    /// <summary>A target has ended, or was let go.</summary>
    public void RemoveTarget(int pid)
    {
        if (_healer is { HasTargets: true } healer)
        {
            healer.Remove(pid);
            _memory.SetProgram(healer.HasTargets ? healer : null);
        }
    }

    /// <summary>Forgets a byte that is back, or gone.</summary>
    public void Remove(int entry) => _memory.Remove(entry);

    /// <summary>The task was killed: another one takes its place.</summary>
    public void OnEnd() => Start();

    /// <summary>Ends the task and waits for its end.</summary>
    public void Dispose()
    {
        _ = Libc.Kill(Tid, Signum.SIGKILL);
        _ = Libc.WaitFor(Tid, block: true, out _, out _);
        _code.Dispose();
        _memory.Dispose();
        _healer?.Dispose();
        _healer = null;
    }

    private void Start()
    {
        Tid = (int)_memory.Start(_code);
        if (Tid < 0)
        {
            throw new UprobeException((Errno)(-Tid), $"cannot start the task that watches over the targets: {(Errno)(-Tid)}");
        }

        Libc.AllowTracer(Tid);
        AwaitReady();
    }

    // However long it takes: a kill must not find us before it is there, and in a session of its own.
    private void AwaitReady()
    {
        for (int look = 0; !_memory.IsReady; look++)
        {
            if (look < QuickLooks)
            {
                _ = Thread.Yield();
            }
            else if (HasEnded())
            {
                // Killed: its end will be waited for.
                return;
            }
            else
            {
                Libc.Nap();
            }
        }
    }

    private bool HasEnded() => Libc.PeekFor(Tid, block: false, out int tid, out _) != 0 || tid != 0;
}
