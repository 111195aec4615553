using System;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Threading;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Buffers;

/// <summary>The names of threads that were seen last (saved_cmdlines): what lines show, whatever the name was at the hit. Allocates when it is resized only.</summary>
internal sealed class SavedCmdlines
{
    private const int DefaultCount = 128;
    private const int PidMask = 0x7fff;
    private const int CommLength = 16;
    private const int None = -1;

    private readonly Lock _lock = new();
    private readonly int[] _byPid = new int[PidMask + 1];
    private int[] _pids = [];
    private int[] _tgids = [];
    private byte[] _comms = [];
    private int _last;

    /// <summary>Creates an empty store of the kernel's size.</summary>
    public SavedCmdlines() => Resize(DefaultCount);

    /// <summary>Names that it holds.</summary>
    public int Capacity => Volatile.Read(ref _pids).Length;

    /// <summary>Bytes of the longest name.</summary>
    public const int MaxComm = CommLength - 1;

    /// <summary>The whole text of saved_cmdlines, one byte a character.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder();
            Span<byte> comm = stackalloc byte[CommLength];
            lock (_lock)
            {
                for (int i = 0; i < _pids.Length; i++)
                {
                    if (_pids[i] != None)
                    {
                        int length = Find(_pids[i], comm, out _);
                        _ = text.Append(CultureInfo.InvariantCulture, $"{_pids[i]} ").Append(KernelText.FromBytes(comm[..length])).Append('\n');
                    }
                }
            }

            return text.ToString();
        }
    }

    /// <summary>Whether so many can be asked for.</summary>
    public static bool IsGoodCount(ulong count) => count is > 0 and <= PidMask + 1;

    /// <summary>Forgets all names and makes room for at least so many; as in the kernel whole blocks of memory are filled.</summary>
    public void Resize(int count)
    {
        // The kernel's store: a table by pid, three fields, then names and pids, in a power of two of pages.
        const int FixedSize = ((PidMask + 2) * sizeof(int)) + 20;
        const int PageSize = 4096;
        int pages = (FixedSize + (count * (CommLength + sizeof(int))) + PageSize - 1) / PageSize;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)pages) * PageSize;
        count = (size - FixedSize) / (CommLength + sizeof(int));
        lock (_lock)
        {
            _byPid.AsSpan().Fill(None);
            int[] pids = new int[count];
            pids.AsSpan().Fill(None);
            Volatile.Write(ref _pids, pids);
            _tgids = new int[count];
            _comms = new byte[count * CommLength];
            _last = 0;
        }
    }

    /// <summary>Remembers a thread's name.</summary>
    public void Save(int pid, int tgid, ReadOnlySpan<byte> comm)
    {
        lock (_lock)
        {
            ref int index = ref _byPid[pid & PidMask];
            if (index == None)
            {
                index = _last = (_last + 1) % _pids.Length;
            }

            _pids[index] = pid;
            _tgids[index] = tgid;
            Span<byte> room = _comms.AsSpan(index * CommLength, CommLength);
            room.Clear();
            comm[..Math.Min(comm.Length, MaxComm)].CopyTo(room);
        }
    }

    /// <summary>Finds a thread's name.</summary>
    /// <param name="pid">The thread.</param>
    /// <param name="comm">Receives the name, or what stands for one that is not known; 16 bytes.</param>
    /// <param name="tgid">Its process; 0 when not known.</param>
    /// <returns>Bytes of the name.</returns>
    public int Find(int pid, Span<byte> comm, out int tgid)
    {
        lock (_lock)
        {
            int index = _byPid[pid & PidMask];
            bool known = index != None && _pids[index] == pid;
            tgid = known ? _tgids[index] : 0;
            ReadOnlySpan<byte> name = known ? _comms.AsSpan(index * CommLength, CommLength) : pid == 0 ? "<idle>"u8 : "<...>"u8;
            int end = name.IndexOf((byte)0);
            name = end < 0 ? name : name[..end];
            name.CopyTo(comm);
            return name.Length;
        }
    }
}
