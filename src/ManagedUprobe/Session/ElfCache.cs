using System;
using ManagedUprobe.Elf;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Session;

/// <summary>The file that was looked into last, with its symbols: a list of definitions asks the same one again and again. One thread at a time.</summary>
internal sealed class ElfCache : IDisposable
{
    private ElfFile? _file;
    private string _path = string.Empty;
    private FileStat _status;

    /// <summary>The file as it is now; valid until the next call.</summary>
    /// <exception cref="UprobeException">It cannot be opened, or is none that can be probed.</exception>
    public ElfFile Open(string path)
    {
        bool known = Libc.Stat(path, out FileStat status) == 0;
        if (_file != null && known && path == _path && status == _status)
        {
            return _file;
        }

        Dispose();
        _file = ElfFile.Open(path);
        _path = path;
        _status = status;
        return _file;
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
