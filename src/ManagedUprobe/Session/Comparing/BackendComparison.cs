using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Comparing;

/// <summary>Runs a program twice, once under the kernel's uprobes and once under ours, with the same definitions.</summary>
/// <remarks>For a process of its own: standard streams and personality are changed.</remarks>
internal sealed class BackendComparison : IDisposable
{
    private readonly LaunchRequest _request;
    private readonly ProgramStreams _streams = new();
    private readonly UprobeSession _ours;
    private volatile UprobeSession? _running;
    private volatile bool _isInterrupted;

    /// <summary>Prepares both runs.</summary>
    public BackendComparison(LaunchRequest request)
    {
        _request = request;
        HasSameLayout = Libc.DisableRandomization() == 0;

        // The kernel places a probe in the middle of an instruction, too.
        _ours = UprobeSession.Launch(request, new SessionOptions { Force = true, RingFull = RingFullPolicy.Wait });
    }

    /// <summary>Whether both runs have the same addresses; else addresses are masked.</summary>
    public bool HasSameLayout { get; }

    /// <summary>What the kernel refuses, by the probe's number.</summary>
    public IReadOnlyDictionary<int, InsnRefusal> Refused { get; private set; } = new Dictionary<int, InsnRefusal>();

    /// <summary>The probes, in definition order.</summary>
    public IReadOnlyList<TraceUprobe> Probes => _ours.Events.Probes;

    /// <summary>Defines an event for both, with a filter or (null) none.</summary>
    /// <exception cref="UprobeException">It is wrong, or cannot be probed by us.</exception>
    public void AddEvent(string definition, string? filter) => _ours.AddEvent(definition, filter);

    /// <summary>Runs the program under the kernel's uprobes. Everything in the kernel is as before when this returns or fails.</summary>
    /// <exception cref="UprobeException">The kernel's tracing cannot be used.</exception>
    public BackendRun RunUnderKernel()
    {
        using var recorder = new KernelRecorder();
        recorder.Record(Probes, probe => InsnAnalyzer.Analyze(BytesOf(probe), CodeFile.ModeOf(KernelText.ToUnicode(probe.Path))).Kernel, _ours.FilterOf);
        Refused = recorder.Refused;

        // Started by a session, because that stops it before its first instruction, and left at once.
        var options = new SessionOptions { CountOnly = true, FollowChildren = false, BeforeRun = recorder.Follow };
        using var session = UprobeSession.Launch(_request, options);
        BackendRun run = Run(session, () =>
        {
            session.Stop();
            return session.WaitForLeftProgram();
        });
        return run with { Events = recorder.Read() };
    }

    /// <summary>Runs the program under ours.</summary>
    public BackendRun RunUnderOurs()
    {
        string file = _streams["events"];
        using var output = OutputDescriptor.Open(file);
        var pump = new TracePump(_ours, new TraceTextFormatter(), output, long.MaxValue);
        BackendRun run = Run(_ours, () =>
        {
            pump.Run();
            _ours.Dispose();
            return _ours.WaitForLeftProgram();
        });
        return run with { Events = RecordedEvent.Parse(File.ReadAllText(file, Encoding.Latin1)) };
    }

    /// <summary>Ends the program that runs now; any thread. The first time it is asked to, then it is killed.</summary>
    public void Interrupt()
    {
        if (_running is { ProcessId: > 0 } session)
        {
            _ = Libc.Kill(session.ProcessId, _isInterrupted ? Signum.SIGKILL : Signum.SIGTERM);
        }

        _isInterrupted = true;
    }

    /// <summary>The bytes at a probe's place in its file; empty when there are none.</summary>
    public static byte[] BytesOf(TraceUprobe probe)
    {
        try
        {
            using var file = ElfFile.Open(KernelText.ToUnicode(probe.Path));
            byte[] bytes = new byte[InsnAnalyzer.MaxBytes];
            return bytes[..file.ReadAt(probe.Offset, bytes)];
        }
        catch (UprobeException)
        {
            return [];
        }
    }

    /// <summary>Leaves nothing behind.</summary>
    public void Dispose()
    {
        _ours.Dispose();
        _streams.Dispose();
    }

    private BackendRun Run(UprobeSession session, Func<int> untilEnd)
    {
        if (_isInterrupted)
        {
            throw new OperationCanceledException();
        }

        _streams.Begin();
        int status;
        try
        {
            _running = session;
            session.Start();
            status = untilEnd();
        }
        finally
        {
            _running = null;
            _ = _streams.End();
        }

        (byte[] output, byte[] errors) = _streams.End();
        return _isInterrupted ? throw new OperationCanceledException() : new BackendRun([], status, output, errors);
    }
}
