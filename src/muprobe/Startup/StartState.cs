using System;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedUprobe.Command.Startup;

/// <summary>
/// What this process was started with and the runtime has changed since (SIGPIPE is ignored, the soft limit of open files raised):
/// a program that is launched gets these, not ours.
/// </summary>
/// <param name="IgnoredSignals">Bit N-1: signal N is ignored.</param>
/// <param name="BlockedSignals">Bit N-1: signal N is blocked.</param>
/// <param name="FileLimitSoft">RLIMIT_NOFILE, soft.</param>
/// <param name="FileLimitHard">RLIMIT_NOFILE, hard.</param>
/// <param name="OpenDescriptors">Bit N: descriptor N was open.</param>
internal sealed partial record StartState(ulong IgnoredSignals, ulong BlockedSignals, ulong FileLimitSoft, ulong FileLimitHard, ulong OpenDescriptors)
{
    private const int SignalPipe = 13;

    /// <summary>Exact in the native executable (start_state.S); under the JIT as near as /proc tells afterwards.</summary>
    public static StartState Capture() =>
        RuntimeFeature.IsDynamicCodeSupported
            ? Guess()
            : new StartState(Recorded(0), Recorded(1), Recorded(2), Recorded(3), Recorded(4));

    [LibraryImport("start_state", EntryPoint = "muprobe_start_state")]
    private static partial ulong Recorded(ulong index);

    private static StartState Guess()
    {
        string[] status = File.ReadAllLines("/proc/self/status");
        ulong ignored = Mask(status, "SigIgn:") & ~(1UL << (SignalPipe - 1));
        (_, ulong hard) = FileLimit("self");
        string parent = Field(status, "PPid:");
        (ulong soft, _) = FileLimit(parent == "0" ? "self" : parent);
        return new StartState(ignored, Mask(status, "SigBlk:"), Math.Min(soft, hard), hard, ulong.MaxValue);
    }

    private static string Field(string[] status, string name)
    {
        string? line = Array.Find(status, text => text.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "0" : line[name.Length..].Trim();
    }

    private static ulong Mask(string[] status, string name) =>
        ulong.Parse(Field(status, name), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static (ulong Soft, ulong Hard) FileLimit(string process)
    {
        const string Name = "Max open files";
        foreach (string line in File.ReadLines($"/proc/{process}/limits"))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                string[] fields = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return (Limit(fields[0]), Limit(fields[1]));
            }
        }

        throw new InvalidDataException($"/proc/{process}/limits has no line '{Name}'");
    }

    private static ulong Limit(string text) =>
        text == "unlimited" ? ulong.MaxValue : ulong.Parse(text, CultureInfo.InvariantCulture);
}
