using System.Collections.Generic;

namespace ManagedUprobe.Events;

/// <summary>Finds the files and symbols that extended definitions name. Text is Unicode here.</summary>
internal interface ISymbolResolver
{
    /// <summary>The path that a bare name means: a library as the dynamic linker finds it, else a program found through PATH.</summary>
    /// <returns>Null when there is none.</returns>
    string? ResolvePath(string name);

    /// <summary>The functions of a file that <paramref name="symbolPattern"/> (a name, or a pattern with * and ?) matches.</summary>
    /// <returns>Empty when there is none.</returns>
    /// <exception cref="Primitives.UprobeException">The file cannot be read as ELF: why.</exception>
    IReadOnlyList<ResolvedSymbol> ResolveSymbol(string path, string symbolPattern);
}
