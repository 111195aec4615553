using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using ManagedUprobe.Command.Tracing;
using ManagedUprobe.Session.Comparing;

namespace ManagedUprobe.Command.Comparing;

/// <summary>Runs muprobe compare.</summary>
internal static class CompareRunner
{
    private const int StatusOfSignal = 128;

    private static readonly (PosixSignal Signal, int Number)[] s_signals =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    public static int Run(CompareOptions options) => CommandErrors.Guard(() =>
    {
        List<FilteredDefinition> definitions = DefinitionFiles.Read(options.Definitions);
        using var comparison = new BackendComparison(TraceTarget.ProgramOf(options.Command).ToRequest());
        definitions.ForEach(each => comparison.AddEvent(each.Text, each.Filter));
        int interruptedBy = 0;
        var signals = s_signals.Select(signal => PosixSignalRegistration.Create(signal.Signal, context =>
        {
            context.Cancel = true;
            interruptedBy = signal.Number;
            comparison.Interrupt();
        })).ToList();
        try
        {
            BackendRun kernel = comparison.RunUnderKernel();
            BackendRun ours = comparison.RunUnderOurs();
            return new CompareReport(comparison, kernel, ours).Write();
        }
        catch (OperationCanceledException)
        {
            return StatusOfSignal + interruptedBy;
        }
        finally
        {
            signals.ForEach(signal => signal.Dispose());
        }
    });
}
