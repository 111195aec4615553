using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>The texts of one argument at one hit: ours, and what the kernel shows.</summary>
internal sealed partial class KernelTextValue
{
    private const string Fault = "(fault)";

    private readonly string _kernel;
    private readonly bool _isArray;
    private readonly bool[] _mayStop;

    /// <summary>Takes the value apart.</summary>
    /// <param name="argument">The argument.</param>
    /// <param name="kernel">What the kernel shows.</param>
    /// <param name="ours">What we show.</param>
    /// <param name="pointers">What we show for the pointers to the texts, and one word more; null when they are not in memory.</param>
    /// <exception cref="FormatException">Where one of our texts ends cannot be told.</exception>
    public KernelTextValue(FetchValueArg argument, string kernel, string ours, string? pointers)
    {
        _kernel = kernel;
        _isArray = argument.IsArray;
        IsComm = argument.IsComm;
        Texts = Split(argument, ours);
        string[] words = pointers?.Trim('{', '}').Split(',') ?? [];
        _mayStop = [.. Texts.Select((text, i) => text is null && words.Skip(i).Take(2).Contains("0x0"))];
    }

    /// <summary>The texts, without quotes; null for each that cannot be read.</summary>
    public IReadOnlyList<string?> Texts { get; }

    /// <summary>Whether it is the name of the thread.</summary>
    public bool IsComm { get; }

    /// <summary>Bytes that the kernel reserves for the texts, if no pointer stops it.</summary>
    public int Room => Texts.Sum(text => text?.Length + 1 ?? 0);

    /// <summary>The elements of which the kernel may show a start. None where it would show the same.</summary>
    public IEnumerable<int> Starts() => _kernel.Contains('"') ? Enumerable.Range(0, Texts.Count).Where(element => Texts[element] is null) : [];

    /// <summary>The elements whose pointer may not be readable, so that the kernel stops there. None where it would show the same.</summary>
    public IEnumerable<int> Stops() => !_isArray && _kernel == Fault ? [] : Enumerable.Range(0, Texts.Count).Where(element => _mayStop[element]);

    /// <summary>Whether the kernel shows the texts of these places; of elements behind the last one it may show anything.</summary>
    public bool IsShown(KernelTextRoom room, IReadOnlyList<KernelTextPlace> places)
    {
        IEnumerable<int> ends = [0];
        for (int i = 0; i < Texts.Count; i++)
        {
            int element = i;
            char before = i == 0 ? '{' : ',';
            IEnumerable<int> starts = _isArray ? ends.Where(end => end < _kernel.Length && _kernel[end] == before).Select(end => end + 1) : ends;
            ends = [.. starts.SelectMany(start => element < places.Count ? room.Ends(_kernel, start, places[element]) : KernelTextRoom.AnyEnds(_kernel, start)).Distinct()];
        }

        return ends.Contains(_kernel.Length - (_isArray ? 1 : 0));
    }

    private static string?[] Split(FetchValueArg argument, string ours)
    {
        string[] parts = argument.IsArray ? Between().Split(ours[1..^1]) : [ours];
        return parts.Length == argument.Texts ? [.. parts.Select(part => part == Fault ? null : part[1..^1])]
            : throw new FormatException($"{argument.Body}: {parts.Length} texts in {ours}");
    }

    [GeneratedRegex(@"(?<=""|\(fault\)),(?=""|\(fault\))")]
    private static partial Regex Between();
}
