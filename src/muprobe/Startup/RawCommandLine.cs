using System;
using System.IO;

namespace ManagedUprobe.Command.Startup;

/// <summary>
/// The arguments as the bytes that execve was given: .NET's strings are decoded, and a file name need not be UTF-8.
/// </summary>
internal static class RawCommandLine
{
    private static ReadOnlySpan<byte> Separator => "--"u8;

    /// <summary>The arguments after the first <c>--</c>, to be passed on unchanged; null when there is none.</summary>
    public static byte[][]? AfterSeparator() => AfterSeparator(File.ReadAllBytes("/proc/self/cmdline"));

    /// <summary>The same from the text of /proc/PID/cmdline: each argument followed by a NUL, the program's name first.</summary>
    internal static byte[][]? AfterSeparator(ReadOnlySpan<byte> commandLine)
    {
        byte[][] arguments = NulTerminated.Split(commandLine);
        int separator = Array.FindIndex(arguments, 1, argument => argument.AsSpan().SequenceEqual(Separator));
        return separator < 0 ? null : arguments[(separator + 1)..];
    }
}
