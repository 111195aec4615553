using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>A random event over memory that is known, and how what two backends show of it compares.</summary>
internal sealed class FetchValueEvent(string name, bool isReturn, string place, IReadOnlyList<FetchValueArg> arguments)
{
    private const string Fault = "(fault)";

    public string Name => name;

    public int ArgumentCount => arguments.Count;

    /// <summary>Whether the kernel may reserve less room than its texts need, and record what is too long in truth.</summary>
    public bool HasTexts => arguments.Any(argument => argument.Body.Contains("string", StringComparison.Ordinal));

    /// <summary>Arguments whose values differed, as the kernel's stale data explain it.</summary>
    public int Stale { get; private set; }

    /// <summary>The definition, in the group GROUP.</summary>
    public string Definition =>
        $"{(isReturn ? 'r' : 'p')}:GROUP/{name} {place}{string.Concat(arguments.Select(argument => $" {argument.Name}={argument.Body}"))}";

    /// <summary>Whether it can be told in a line where each value ends: what the kernel shows for want of a value may be any text, a definition too.</summary>
    public bool IsClear(string line) => arguments.All(argument =>
        line.IndexOf($" {argument.Name}=", StringComparison.Ordinal) is int at && at >= 0 && at == line.LastIndexOf($" {argument.Name}=", StringComparison.Ordinal));

    /// <summary>Compares the lines of one hit.</summary>
    /// <returns>The difference; null when there is none that is not explained.</returns>
    public string? Compare(string kernel, string ours)
    {
        string[] kernels = Values(kernel);
        string[] our = Values(ours);
        bool[] stale = new bool[kernels.Length];
        bool lacksRoom = false;
        for (int i = 0; i < kernels.Length; i++)
        {
            lacksRoom |= i < arguments.Count && our[i].Contains(Fault, StringComparison.Ordinal);
            stale[i] = kernels[i] != our[i] && i < arguments.Count
                && ((IsFault(our[i]) && CannotBeReached(arguments[i], stale, kernels, our)) || (lacksRoom && IsCut(kernels[i], our[i])));
            if (kernels[i] != our[i] && !stale[i])
            {
                return $"{Definition}\nargument {i}: kernel {kernels[i]}\nours {our[i]}\n{kernel}\n{ours}";
            }
        }

        Stale += stale.Count(each => each);
        return null;
    }

    // A pointer that cannot be read shows as 0, or itself as what an earlier hit left there; where a part of it can be read, the next word shows as 0.
    private static bool CannotBeReached(FetchValueArg argument, bool[] stale, string[] kernels, string[] our) =>
        argument.Inner >= 0 && our[argument.Inner].Trim('{', '}').Split(',').Contains("0x0")
        && (stale[argument.Inner] || kernels[argument.Inner] == our[argument.Inner]);

    private static bool IsFault(string value) => value.Contains(Fault, StringComparison.Ordinal)
        || value.Trim('{', '}').Split(',').All(element => element is "0" or "0x0" or "'\0'");

    // For a text that cannot be read to its end the kernel reserves no room, nor for any of an array one of whose pointers cannot be read. It shows what
    // fits into the room of the others, for which what is left has to do.
    private static bool IsCut(string kernel, string ours) =>
        kernel == Fault || ours == Fault || (kernel.StartsWith('"') && ours.StartsWith(kernel[..^1], StringComparison.Ordinal))
        || (kernel.StartsWith('{') && (kernel + ours).Contains(Fault, StringComparison.Ordinal));

    /// <summary>The value of each argument, and then what stands before the first.</summary>
    private string[] Values(string line)
    {
        string[] values = new string[arguments.Count + 1];
        int start = 0;
        for (int i = 0; i < arguments.Count; i++)
        {
            string marker = $" {arguments[i].Name}=";
            int at = line.IndexOf(marker, start, StringComparison.Ordinal);
            if (at < 0)
            {
                throw new FormatException($"{Definition}: no {arguments[i].Name} in '{line}'");
            }

            values[i == 0 ? arguments.Count : i - 1] = line[start..at];
            start = at + marker.Length;
        }

        values[arguments.Count - 1] = line[start..];
        return values;
    }
}
