using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using ManagedUprobe.Command.Startup;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Tracing;

/// <summary>Ctrl-C and its like end the session cleanly. Those that were ignored when muprobe was started stay ignored.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] s_signals =
    [
        (PosixSignal.SIGHUP, 1),
        (PosixSignal.SIGINT, 2),
        (PosixSignal.SIGTERM, 15),
    ];

    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignals(UprobeSession session)
    {
        ulong ignored = StartState.Capture().IgnoredSignals;
        foreach ((PosixSignal signal, int number) in s_signals)
        {
            if ((ignored & (1UL << (number - 1))) == 0)
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    session.Stop();
                }));
            }
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
