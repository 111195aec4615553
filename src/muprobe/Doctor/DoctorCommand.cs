using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ManagedUprobe.Session.Gates;

namespace ManagedUprobe.Command.Doctor;

/// <summary>muprobe doctor: may I trace here?</summary>
internal static class DoctorCommand
{
    public static System.CommandLine.Command Create()
    {
        var pid = new Option<int?>("-p", "--pid")
        {
            Description = "also the gates of this process",
            HelpName = "PID",
            CustomParser = NumberArguments.ParsePid,
        };
        var command = new System.CommandLine.Command(
            "doctor",
            "May I trace here? Shows each gate, open or shut, with the remedy. Exit status 0 when tracing is possible, else 1.")
        {
            pid,
        };
        command.SetAction(result => Run(result.GetValue(pid)));
        return command;
    }

    private static int Run(int? pid)
    {
        IReadOnlyList<Gate> gates = TracingGates.Inspect(pid);
        if (Console.IsOutputRedirected)
        {
            DoctorReport.WriteLines(Console.Out, gates);
        }
        else
        {
            DoctorReport.WriteTable(gates);
        }

        return gates.Any(gate => gate.State == GateState.Shut) ? ExitCodes.CannotTrace : ExitCodes.Success;
    }
}
