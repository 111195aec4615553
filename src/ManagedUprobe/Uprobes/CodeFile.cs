using System;
using System.Globalization;
using System.IO;
using ManagedUprobe.Primitives;
using Microsoft.Win32.SafeHandles;

namespace ManagedUprobe.Uprobes;

/// <summary>The mode that the code of a file is for, by the class in its ELF header.</summary>
internal static class CodeFile
{
    private const int ClassAt = 4;
    private const byte Class32 = 1;

    /// <summary>The mode of a file; 64-bit for one that has no ELF header, or cannot be read.</summary>
    public static ExecutionMode ModeOf(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return ModeOf(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ExecutionMode.Bits64;
        }
    }

    /// <summary>The mode of the program that a task runs.</summary>
    public static ExecutionMode ModeOf(int tid) => ModeOf(string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/exe"));

    /// <summary>The mode of an open file.</summary>
    public static ExecutionMode ModeOf(SafeFileHandle file)
    {
        Span<byte> identity = stackalloc byte[ClassAt + 1];
        return RandomAccess.Read(file, identity, 0) == identity.Length && identity.StartsWith("\u007fELF"u8) && identity[ClassAt] == Class32
            ? ExecutionMode.Bits32
            : ExecutionMode.Bits64;
    }
}
