using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>A random event over memory that is known, and how what two backends show of it compares.</summary>
internal sealed class FetchValueEvent(string name, bool isReturn, string place, IReadOnlyList<FetchValueArg> arguments)
{
    private const string Call = "call";
    private const int None = -1;

    public string Name => name;

    public int ArgumentCount => arguments.Count;

    /// <summary>Whether the kernel may reserve less room than its texts need, and record what is too long in truth.</summary>
    public bool HasTexts => arguments.Any(argument => argument.Texts > 0);

    /// <summary>Arguments whose values differed, as the kernel's flaws explain it.</summary>
    public int Flawed { get; private set; }

    /// <summary>The definition, in the group GROUP. Its first argument is the number of the call.</summary>
    public string Definition =>
        $"{(isReturn ? 'r' : 'p')}:GROUP/{name} {place} {Call}={FetchValueTexts.CallNumber}{string.Concat(arguments.Select(argument => $" {argument.Name}={argument.Body}"))}";

    /// <summary>Number of the call that a line is about.</summary>
    public static string CallOf(string line)
    {
        int start = line.IndexOf($" {Call}=", StringComparison.Ordinal) + Call.Length + 2;
        int end = line.IndexOf(' ', start);
        return end < 0 ? line[start..] : line[start..end];
    }

    /// <summary>Whether it can be told in a line where each value ends: what the kernel shows for want of a value may be any text, a definition too.</summary>
    public bool IsClear(string line) => arguments.All(argument =>
        line.IndexOf($" {argument.Name}=", StringComparison.Ordinal) is int at && at >= 0 && at == line.LastIndexOf($" {argument.Name}=", StringComparison.Ordinal));

    /// <summary>Compares the lines of one hit.</summary>
    /// <returns>The difference; null when there is none that is not explained.</returns>
    public string? Compare(string kernel, string ours)
    {
        string[] kernels = Values(kernel);
        string[] our = Values(ours);
        bool[] differs = [.. kernels.Zip(our).Select(pair => pair.First != pair.Second)];
        int wrong = Enumerable.Range(0, differs.Length).FirstOrDefault(i => differs[i] && !IsText(i) && !IsStale(i, differs, our), None);
        if (wrong == None && Enumerable.Range(0, differs.Length).Any(i => differs[i] && IsText(i)) && !Texts(kernels, our).Explain())
        {
            wrong = Enumerable.Range(0, differs.Length).First(i => differs[i] && IsText(i));
        }

        Flawed += wrong == None ? differs.Count(each => each) : 0;
        return wrong == None ? null : $"{Definition}\nargument {wrong}: kernel {kernels[wrong]}\nours {our[wrong]}\n{kernel}\n{ours}";
    }

    private bool IsText(int index) => index < arguments.Count && arguments[index].Texts > 0;

    // What the kernel shows for a pointer within that cannot be read is what an earlier hit left there. Ours shows it as 0; where a part of it can be
    // read, the word behind it is 0.
    private bool IsStale(int index, bool[] differs, string[] our) => index < arguments.Count && IsNothing(our[index])
        && arguments[index].Inner is int inner and >= 0 && (!differs[inner] || IsStale(inner, differs, our))
        && our[inner].Trim('{', '}').Split(',').Contains("0x0");

    private static bool IsNothing(string value) => value.Trim('{', '}').Split(',').All(element => element is "0" or "0x0" or "'\0'");

    private KernelTexts Texts(string[] kernels, string[] our) => new(
    [
        .. Enumerable.Range(0, arguments.Count).Where(IsText)
            .Select(i => new KernelTextValue(arguments[i], kernels[i], our[i], arguments[i].Inner >= 0 ? our[arguments[i].Inner] : null)),
    ]);

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
