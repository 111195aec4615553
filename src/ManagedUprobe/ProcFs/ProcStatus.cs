using System;
using System.Globalization;
using System.Text;

namespace ManagedUprobe.ProcFs;

/// <summary>The fields of /proc/TID/status that the tracer needs. Signal sets: bit N-1 stands for signal N.</summary>
/// <param name="Name">comm, with the kernel's escapes.</param>
/// <param name="ThreadGroup">Tgid; 0 when the task is gone.</param>
/// <param name="ParentPid">PPid.</param>
/// <param name="TracerPid">The thread (not the process) that traces it, 0 when nobody does.</param>
/// <param name="Uid">Real, effective, saved user id as the kernel prints them.</param>
/// <param name="Blocked">SigBlk.</param>
/// <param name="Ignored">SigIgn.</param>
/// <param name="Caught">SigCgt.</param>
/// <param name="Pending">SigPnd: those of the thread alone.</param>
/// <param name="InnerPid">The process id in the innermost PID namespace: what getpid returns. 0 when the kernel does not tell.</param>
internal sealed record ProcStatus(
    string Name,
    int ThreadGroup,
    int ParentPid,
    int TracerPid,
    string Uid,
    ulong Blocked,
    ulong Ignored,
    ulong Caught,
    ulong Pending,
    int InnerPid)
{
    /// <summary>Whether there was such a task.</summary>
    public bool Exists => ThreadGroup != 0;

    /// <summary>Parses the file's text; fields that are missing are 0 or empty.</summary>
    public static ProcStatus Parse(ReadOnlySpan<byte> text) => new(
        Field(text, "Name:"u8),
        Number(text, "Tgid:"u8),
        Number(text, "PPid:"u8),
        Number(text, "TracerPid:"u8),
        Field(text, "Uid:"u8),
        Set(text, "SigBlk:"u8),
        Set(text, "SigIgn:"u8),
        Set(text, "SigCgt:"u8),
        Set(text, "SigPnd:"u8),
        LastNumber(Value(text, "NStgid:"u8)));

    /// <summary>The signals with handlers alone. Allocates nothing.</summary>
    public static bool TryParseCaught(ReadOnlySpan<byte> text, out ulong signals) =>
        ulong.TryParse(Value(text, "SigCgt:"u8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out signals);

    private static string Field(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(Value(text, name));

    private static int Number(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) =>
        int.TryParse(Value(text, name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static int LastNumber(ReadOnlySpan<byte> numbers) =>
        int.TryParse(numbers[(numbers.LastIndexOf((byte)'\t') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static ulong Set(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) =>
        ulong.TryParse(Value(text, name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : 0;

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.StartsWith(name))
            {
                return line[name.Length..].Trim(" \t"u8);
            }
        }

        return default;
    }
}
