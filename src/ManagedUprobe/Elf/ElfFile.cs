using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ManagedUprobe.Primitives;
using Microsoft.Win32.SafeHandles;

namespace ManagedUprobe.Elf;

/// <summary>A program or shared object for x86, 64-bit or 32-bit, read as far as is asked.</summary>
/// <remarks>
/// In a nutshell: <see cref="ElfReader"/> reads bytes within bounds; <see cref="ElfImage"/> is the header and the segments,
/// checked when the file is opened; each table behind it (<see cref="DynamicSection"/>, <see cref="SymbolTable"/>,
/// <see cref="RelocationTable"/>, <see cref="SdtNotes"/>) is read when something needs it. What is wrong with a file is a
/// <see cref="UprobeException"/> (errno ENOEXEC), also later, when a table is read. Not for use by several threads at once.
/// </remarks>
internal sealed class ElfFile : IDisposable
{
    private readonly ElfImage _image;
    private SectionTable? _sections;
    private DynamicSection? _dynamic;
    private SymbolTable? _dynamicSymbols;
    private bool _dynamicSymbolsRead;
    private FunctionSymbols? _functions;
    private RelocationTable? _relocations;
    private IReadOnlyList<FileRange>? _restartable;
    private UnwindTable? _unwindTable;

    private ElfFile(ElfReader reader) => _image = new ElfImage(reader);

    /// <summary>What messages call the file.</summary>
    public string Name => _image.Reader.Name;

    /// <summary>Program or shared object (which a position-independent program is, too).</summary>
    public ElfType Type => _image.Header.Type;

    /// <summary>The mode that its code is for.</summary>
    public ExecutionMode Mode => _image.Header.Layout.Mode;

    /// <summary>e_entry, an address as the file gives it.</summary>
    public ulong EntryPoint => _image.Header.EntryPoint;

    /// <summary>All program headers, in file order.</summary>
    public IReadOnlyList<ProgramHeader> ProgramHeaders => _image.Segments.All;

    /// <summary>PT_INTERP, the path of the dynamic linker; null in a static program and in most libraries.</summary>
    public string? Interpreter => ReadInterpreter();

    /// <summary>The file ranges that are mapped executable.</summary>
    public IReadOnlyList<FileRange> ExecutableSegments => FindExecutableSegments();

    /// <summary>The build-id in lower-case hexadecimal digits; null when there is none.</summary>
    public string? BuildId => Elf.BuildId.Find(_image);

    /// <summary>DT_SONAME.</summary>
    public string? SoName => Dynamic.SoName;

    /// <summary>DT_NEEDED, in order.</summary>
    public IReadOnlyList<string> Needed => Dynamic.Needed;

    /// <summary>DT_RPATH.</summary>
    public string? RPath => Dynamic.RPath;

    /// <summary>DT_RUNPATH.</summary>
    public string? RunPath => Dynamic.RunPath;

    /// <summary>Whether the dynamic linker searches neither its cache nor the default directories for this program.</summary>
    public bool IgnoresDefaultDirectories => Dynamic.IgnoresDefaultDirectories;

    /// <summary>The USDT markers, in file order.</summary>
    public IReadOnlyList<SdtNote> SdtMarkers => SdtNotes.Read(_image, Sections);

    /// <summary>Where the restartable sequences (rseq) lie: a thread that stops in one is not protected any more when it goes on elsewhere.</summary>
    public IReadOnlyList<FileRange> RestartableSequences =>
        _restartable ??= Elf.RestartableSequences.Read(_image, Sections, () => Relocations);

    /// <summary>The function symbols that reading found tables for.</summary>
    public IReadOnlyList<SymbolTable> SymbolTables => Functions.Tables;

    /// <summary>Whether there is any function to be found by name.</summary>
    public bool HasFunctions => AnyFunction();

    private SectionTable Sections => _sections ??= SectionTable.Read(_image);

    private DynamicSection Dynamic => _dynamic ??= DynamicSection.Read(_image);

    private FunctionSymbols Functions => _functions ??= new FunctionSymbols(
        _image, Sections, DynamicSymbols(), SymbolTable.ReadStatic(_image.Header.Layout, Sections));

    private UnwindTable UnwindTable => _unwindTable ??= new UnwindTable(_image);

    private RelocationTable Relocations =>
        _relocations ??= new RelocationTable(RelocationTable.ReadTables(_image, Sections, Dynamic), DynamicSymbols());

    /// <summary>Opens a file by path.</summary>
    /// <exception cref="UprobeException">ENOENT, EACCES, EISDIR…: it cannot be opened; ENOEXEC: it is no such file (the message names why).</exception>
    public static ElfFile Open(string path) => Open(new ElfReader(FileOpener.Open(path), path, ownsHandle: true));

    /// <summary>Reads a file that is open already; <paramref name="handle"/> stays the caller's.</summary>
    /// <param name="handle">A readable, seekable file; its position is neither used nor moved.</param>
    /// <param name="displayName">What messages call it.</param>
    public static ElfFile Open(SafeFileHandle handle, string displayName) =>
        Open(new ElfReader(handle, displayName, ownsHandle: false));

    /// <summary>The file offset whose byte is loaded at <paramref name="vaddr"/> of the file's own address space.</summary>
    public bool TryVaddrToOffset(ulong vaddr, out ulong offset) => _image.Segments.TryVaddrToOffset(vaddr, out offset);

    /// <summary>Where the byte at <paramref name="offset"/> is loaded; an executable segment goes before others.</summary>
    public bool TryOffsetToVaddr(ulong offset, out ulong vaddr) => _image.Segments.TryOffsetToVaddr(offset, out vaddr);

    /// <summary>Reads from <paramref name="offset"/> as far as the file goes.</summary>
    /// <returns>Bytes read, 0 at the end of the file.</returns>
    public int ReadAt(ulong offset, Span<byte> buffer) => _image.Reader.ReadUpTo(offset, buffer);

    /// <summary>The functions that a name (<c>malloc</c>, <c>memcpy@GLIBC_2.14</c>) or a pattern (<c>str*cpy</c>) means, by address; none is not an error.</summary>
    /// <remarks>Without a version the default version is meant, or, for a name that has none, all its versions.</remarks>
    public IReadOnlyList<ElfSymbol> FindFunctions(string nameOrPattern) => Functions.Find(nameOrPattern);

    /// <summary>The labels of assembly (symbols without a type) of this very name.</summary>
    public IReadOnlyList<ElfSymbol> FindLabels(string name) => Functions.FindLabels(name);

    /// <summary>All functions, by address, every version of each.</summary>
    public IReadOnlyList<ElfSymbol> ListFunctions() => Functions.All();

    /// <summary>The function whose extent holds a file offset; <see cref="ElfSymbol.Size"/> is the extent here, never 0.</summary>
    public bool TryFindFunctionAt(ulong offset, [NotNullWhen(true)] out ElfSymbol? symbol) =>
        Functions.TryFindAt(offset, out symbol);

    /// <summary>What the tables for unwinding say about the function that holds <paramref name="vaddr"/>; false when they say nothing.</summary>
    public bool TryFindUnwindEntry(ulong vaddr, out UnwindEntry entry) => UnwindTable.TryFind(vaddr, out entry);

    /// <summary>Whether a section of this name is there.</summary>
    public bool HasSection(ReadOnlySpan<byte> name) => Sections.TryFind(name, out _);

    /// <summary>The slots of this file that get what the IFUNC resolver at <paramref name="resolverVaddr"/> returns.</summary>
    public IReadOnlyList<RelocationSlot> FindResolvedSlots(ulong resolverVaddr) => Relocations.FindResolved(resolverVaddr);

    /// <summary>The slots of this file that get the address of a symbol, its own or imported; each with the version asked for.</summary>
    public IReadOnlyList<RelocationSlot> FindSlots(string symbol) => Relocations.FindSlots(symbol);

    /// <summary>Closes the file if it was opened by path.</summary>
    public void Dispose() => _image.Reader.Dispose();

    private static ElfFile Open(ElfReader reader)
    {
        try
        {
            return new ElfFile(reader);
        }
        catch (UprobeException)
        {
            reader.Dispose();
            throw;
        }
    }

    private SymbolTable? DynamicSymbols()
    {
        if (!_dynamicSymbolsRead)
        {
            uint count = DynamicSymbolCount.Find(_image, Sections, Dynamic);
            _dynamicSymbols = SymbolTable.ReadDynamic(_image, Dynamic, count);
            _dynamicSymbolsRead = true;
        }

        return _dynamicSymbols;
    }

    private string? ReadInterpreter()
    {
        if (!_image.Segments.TryFind(SegmentType.Interpreter, out ProgramHeader header))
        {
            return null;
        }

        ReadOnlySpan<byte> path = _image.Reader.ReadTable(
            header.Offset, header.FileSize, "the name of the interpreter", ElfLimits.PathMax);
        return Encoding.UTF8.GetString(path.TrimEnd((byte)0));
    }

    private List<FileRange> FindExecutableSegments()
    {
        var ranges = new List<FileRange>();
        foreach (ProgramHeader header in ProgramHeaders)
        {
            if (header.Type == SegmentType.Load && header.Flags.HasFlag(SegmentFlags.Execute))
            {
                ranges.Add(new FileRange(header.Offset, header.FileSize));
            }
        }

        return ranges;
    }

    private bool AnyFunction()
    {
        foreach (SymbolTable table in SymbolTables)
        {
            for (int i = 0; i < table.Count; i++)
            {
                if (table[i].IsFunction)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
