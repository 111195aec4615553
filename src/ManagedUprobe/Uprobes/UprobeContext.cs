using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>One hit, as handlers see it. Valid only during the handler's call, on the tracer thread.</summary>
public sealed class UprobeContext
{
    private readonly UprobeTask _task;
    private UserRegs _registers;
    private long _time;
    private int _cpu = -1;

    internal UprobeContext(UprobeTask task) => _task = task;

    /// <summary>Registers of the thread; changes take effect when it runs on. At entry rip is the probed address.</summary>
    public ref UserRegs Registers => ref _registers;

    /// <summary>Memory of the thread, as it can read it itself; writes go through protection. Breakpoints of this session can be seen in it.</summary>
    public ITraceeMemory Memory => _task.Memory;

    /// <summary>Thread id, in the tracer's PID namespace.</summary>
    public int ThreadId => _task.Tracee.Tid;

    /// <summary>Process id.</summary>
    public int ProcessId => _task.Group.Pid;

    /// <summary>Address of the probed instruction; for a return handler, of the function's.</summary>
    public ulong Address { get; internal set; }

    /// <summary>File offset of the probed instruction.</summary>
    public ulong Offset { get; internal set; }

    /// <summary>Return handlers: the address that the function returned to.</summary>
    public ulong ReturnAddress { get; internal set; }

    /// <summary>CLOCK_MONOTONIC of the hit in nanoseconds.</summary>
    public long Time => _time != 0 ? _time : _time = MonotonicClock.Now;

    /// <summary>CPU that the thread ran on.</summary>
    public int Cpu => _cpu >= 0 ? _cpu : _cpu = _task.ReadCpu(Time);

    /// <summary>Name of the thread (comm), at most 15 bytes.</summary>
    public ReadOnlySpan<byte> Comm => _task.ReadComm(Time);

    /// <summary>Value that an entry handler hands to the return handler of the same call (the kernel's session cookie), 0 at first.</summary>
    public ulong Cookie { get; set; }

    /// <summary>Bytes that an entry handler hands to the return handler of the same call; zero at first.</summary>
    public Span<byte> Data => DataStore.Span;

    /// <summary>The name as of this very hit, whatever it costs.</summary>
    internal ReadOnlySpan<byte> CommNow => _task.ReadComm(long.MaxValue);

    internal Memory<byte> DataStore { get; set; }

    internal void Begin(in UserRegs registers)
    {
        _registers = registers;
        _time = 0;
        _cpu = -1;
        ReturnAddress = 0;
    }
}
