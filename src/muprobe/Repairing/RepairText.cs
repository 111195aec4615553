using System.IO;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Repairing;

/// <summary>What was repaired, for people: a line each.</summary>
internal static class RepairText
{
    public static void Write(TextWriter output, int pid, RepairReport report)
    {
        if (report.IsEmpty)
        {
            output.WriteLine($"process {pid}: nothing to repair");
            return;
        }

        WriteLine(output, report.Breakpoints > 0, $"process {pid}: {report.Breakpoints} breakpoints replaced by the bytes of the file");
        WriteLine(output, report.Returns > 0, $"process {pid}: {report.Returns} return addresses put back");
        WriteLine(output, report.HasActionBack, $"process {pid}: SIGTRAP has the program's own action again");
        WriteLine(output, report.IsUnmapped, $"process {pid}: memory of the tracer unmapped");
        WriteLine(output, report.Left != null, $"process {pid}: not all is repaired: {report.Left}");
    }

    private static void WriteLine(TextWriter output, bool applies, string line)
    {
        if (applies)
        {
            output.WriteLine(line);
        }
    }
}
