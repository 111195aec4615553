using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>The threads of set_event_pid or set_event_notrace_pid. Immutable.</summary>
internal sealed class TracePidList
{
    private const uint PidLimit = 1U << 30;

    private readonly ImmutableHashSet<int> _pids;

    private TracePidList(ImmutableHashSet<int> pids) => _pids = pids;

    /// <summary>The text of the file.</summary>
    public string Text => string.Concat(_pids.Order().Select(pid => string.Create(CultureInfo.InvariantCulture, $"{pid}\n")));

    /// <summary>Whether a thread is listed.</summary>
    public bool Contains(int tid) => _pids.Contains(tid);

    /// <summary>What a write makes of a list: the numbers are added, if there are any.</summary>
    /// <param name="before">The list as it was; null when there is none.</param>
    /// <param name="text">What is written.</param>
    /// <returns>The list; null when there is still none.</returns>
    /// <exception cref="UprobeException">EINVAL: no number; EPERM: a number that no thread can have. Nothing was added.</exception>
    public static TracePidList? Write(TracePidList? before, string text)
    {
        var words = Words(text).ToList();
        return words.Count == 0 ? before : new TracePidList((before?._pids ?? []).Union(words.Select(Parse)));
    }

    /// <summary>With the child of a thread, if that thread is listed.</summary>
    public TracePidList WithChild(int parent, int child) => Contains(parent) ? new(_pids.Add(child)) : this;

    /// <summary>Without a thread.</summary>
    public TracePidList Without(int tid) => Contains(tid) ? new(_pids.Remove(tid)) : this;

    /// <summary>Text, split at white space.</summary>
    public static IEnumerable<string> Words(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && !KernelText.IsSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                yield return text[start..at];
            }

            at++;
        }
    }

    private static int Parse(string word)
    {
        Errno errno = KernelNumber.ParseUnsigned(word, out ulong value);
        // The kernel keeps 32 bits of the number.
        uint pid = unchecked((uint)value);
        return errno != 0 ? throw new UprobeException(Errno.EINVAL, $"{KernelText.ToUnicode(word)} is no thread id")
            : pid >= PidLimit ? throw new UprobeException(Errno.EPERM, $"{KernelText.ToUnicode(word)} is no thread's id")
            : (int)pid;
    }
}
