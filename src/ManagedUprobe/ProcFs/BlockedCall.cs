using System;
using System.Buffers.Text;

namespace ManagedUprobe.ProcFs;

/// <summary>The system call that a thread is blocked in: one line of <c>/proc/PID/task/TID/syscall</c>.</summary>
/// <param name="Number">x86-64 number.</param>
/// <param name="Rdi">First argument.</param>
/// <param name="Rsi">Second argument.</param>
/// <param name="Rdx">Third argument.</param>
/// <param name="R10">Fourth argument.</param>
/// <param name="R8">Fifth argument.</param>
/// <param name="R9">Sixth argument.</param>
/// <param name="Rsp">Stack pointer.</param>
internal readonly record struct BlockedCall(
    long Number, ulong Rdi, ulong Rsi, ulong Rdx, ulong R10, ulong R8, ulong R9, ulong Rsp)
{
    /// <summary>Parses the line.</summary>
    /// <returns>False when the thread runs ("running"), or is blocked outside a system call ("-1 …").</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out BlockedCall call)
    {
        call = default;
        Span<ulong> words = stackalloc ulong[7];
        if (!Utf8Parser.TryParse(text, out long number, out int length) || number < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[length..];
        for (int i = 0; i < words.Length; i++)
        {
            if (!rest.StartsWith(" 0x"u8) || !Utf8Parser.TryParse(rest[3..], out words[i], out length, 'x'))
            {
                return false;
            }

            rest = rest[(3 + length)..];
        }

        call = new BlockedCall(number, words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
        return true;
    }

    /// <summary>Where a thread goes on when the system call that it is blocked in returns: the line's last word.</summary>
    /// <returns>False when the thread runs, or is blocked outside a system call.</returns>
    public static bool TryParseIp(ReadOnlySpan<byte> text, out ulong rip)
    {
        rip = 0;
        ReadOnlySpan<byte> last = text[(text.LastIndexOf(" 0x"u8) + 1)..].TrimEnd((byte)'\n');
        return TryParse(text, out _) && last.StartsWith("0x"u8)
            && Utf8Parser.TryParse(last[2..], out rip, out int length, 'x') && length == last.Length - 2;
    }

    /// <summary>Whether <paramref name="text"/> says that the thread is on a CPU or waits for one.</summary>
    public static bool IsRunning(ReadOnlySpan<byte> text) => text.StartsWith("running"u8);
}
