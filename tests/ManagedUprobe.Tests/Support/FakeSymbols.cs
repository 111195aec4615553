using System.Collections.Generic;
using System.IO.Enumeration;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tests.Support;

/// <summary>A C library and a shell.</summary>
internal sealed class FakeSymbols : ISymbolResolver
{
    private static readonly ResolvedSymbol[] s_symbols =
    [
        new("malloc", 0x1000, false), new("realloc", 0x1100, false), new("strlen", 0x1200, true), new("memcpy@GLIBC_2.2.5", 0x1300, false),
        new("memcpy@@GLIBC_2.14", 0x1340, false), new("execute_command", 0x2000, false), new("foo.part.0", 0x3000, false),
        new("foo.cold", 0x3010, false), new(new string('n', 80), 0x4000, false),
    ];

    public string? ResolvePath(string name) => name switch
    {
        "libc.so.6" => "/lib/libc.so.6",
        "bash" => "/usr/bin/bash",
        _ => null,
    };

    public IReadOnlyList<ResolvedSymbol> ResolveSymbol(string path, string symbolPattern) =>
        path == "/bin/text"
            ? throw new UprobeException(Errno.ENOEXEC, "not an ELF file")
            : s_symbols.Where(symbol => FileSystemName.MatchesSimpleExpression(symbolPattern, symbol.Name, ignoreCase: false)).ToList();
}
