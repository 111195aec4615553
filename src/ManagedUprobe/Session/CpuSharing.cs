using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Confines targets and tracer thread to one CPU, and gives the targets back those that they had. Tracer thread.</summary>
/// <remarks>Threads and processes that are born confined inherit that; they get what the first thread of the session had.</remarks>
internal sealed class CpuSharing
{
    private readonly Dictionary<int, byte[]> _before = [];
    private byte[] _first = [];
    private int _cpu = -1;

    /// <summary>Confines a process, all its threads.</summary>
    /// <exception cref="UprobeException">This process may not run where the target runs, or the target may not be moved.</exception>
    public void Enter(int pid)
    {
        EnterCpuOf(pid);

        // Until a look finds none that is new: a thread may have been born by one that was not confined yet.
        int known;
        do
        {
            known = _before.Count;
            foreach (int tid in ProcFile.Tasks(pid).Where(tid => !_before.ContainsKey(tid)))
            {
                Confine(tid);
            }
        }
        while (_before.Count > known);
    }

    /// <summary>Gives a thread its CPUs back, unless it has chosen others itself meanwhile.</summary>
    public void Leave(int tid)
    {
        _ = _before.Remove(tid, out byte[]? before);
        if (_cpu >= 0 && Libc.TryGetOnlyCpu(tid, out int cpu) && cpu == _cpu)
        {
            _ = Libc.SetAffinity(tid, before ?? _first);
        }
    }

    /// <summary>Gives a process, all its threads, their CPUs back.</summary>
    public void LeaveProcess(int pid)
    {
        // Twice: a thread may have been born confined by one that was not free yet.
        for (int look = 0; look < 2; look++)
        {
            ProcFile.Tasks(pid).ForEach(Leave);
        }
    }

    private void EnterCpuOf(int pid)
    {
        if (_cpu >= 0)
        {
            return;
        }

        int cpu = ProcStat.Of(pid).Processor;
        Errno errno = Libc.SetOnlyCpu(0, cpu);
        _cpu = errno == 0
            ? cpu
            : throw new UprobeException(errno, string.Create(CultureInfo.InvariantCulture, $"cannot share CPU {cpu} with process {pid}: {errno}"));
    }

    private void Confine(int tid)
    {
        byte[] before = new byte[Libc.AffinityLength];
        Errno errno = Libc.GetAffinity(tid, before);
        errno = errno == 0 ? Libc.SetOnlyCpu(tid, _cpu) : errno;
        if (errno is not (0 or Errno.ESRCH))
        {
            throw new UprobeException(errno, string.Create(CultureInfo.InvariantCulture, $"cannot confine thread {tid} to CPU {_cpu}: {errno}"));
        }

        _before[tid] = before;
        _first = _first.Length == 0 ? before : _first;
    }
}
