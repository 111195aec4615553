using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace ManagedUprobe.Tests.Architecture;

/// <summary>Folder = namespace = layer; a layer may use only those that its row names.</summary>
public sealed partial class LayeringTests
{
    private const string Library = "src/ManagedUprobe/";
    private const string Command = "src/muprobe/";

    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Primitives"] = [],
        ["Native"] = ["Primitives"],
        ["ProcFs"] = ["Native", "Primitives"],
        ["Elf"] = ["Primitives"],
        ["Arch"] = ["Native", "Primitives"],
        ["Ptrace"] = ["Arch", "Native", "ProcFs", "Primitives"],
        ["Uprobes"] = ["Ptrace", "Arch", "ProcFs", "Native", "Primitives"],
        ["Events"] = ["Uprobes", "Elf", "Arch", "Native", "Primitives"],
        ["Output"] = ["Events", "Primitives"],
        ["Tracing"] = ["Output", "Events", "Arch", "Native", "Primitives"],
        ["Session"] = ["Tracing", "Output", "Events", "Uprobes", "Ptrace", "Arch", "Elf", "ProcFs", "Native", "Primitives"],
    };

    // These know types of the kernel's ABI, but make no system call.
    private static readonly string[] s_callNobody = ["Primitives", "Elf", "Arch", "Events", "Output"];

    private static readonly string[] s_commandMayUse = ["Session", "Tracing", "Output", "Events", "Primitives", "Command"];

    [Fact]
    public void EveryFileOfTheLibraryBelongsToALayer() =>
        Assert.Empty(Repository.Sources(Library).Where(path => !s_mayUse.ContainsKey(Layer(path))));

    [Fact]
    public void LayersUseOnlyTheLayersBelow() =>
        Assert.Empty(
            from path in Repository.Sources(Library)
            let layer = Layer(path)
            from used in LayersNamedIn(path)
            where used != layer && !s_mayUse[layer].Contains(used)
            select $"{path} uses {used}");

    [Fact]
    public void TheCommandUsesSessionTracingOutputAndEvents() =>
        Assert.Empty(
            from path in Repository.Sources(Command)
            from used in LayersNamedIn(path)
            where !s_commandMayUse.Contains(used)
            select $"{path} uses {used}");

    [Fact]
    public void NamespacesAreFolders()
    {
        Assert.Empty(Repository.Sources(Library).Where(path => Namespace(path) != Expected(path, Library, "ManagedUprobe")));
        Assert.Empty(Repository.Sources(Command).Where(path => Namespace(path) != Expected(path, Command, "ManagedUprobe.Command")));
    }

    [Fact]
    public void UnsafeCodeAndImportsLiveInNativeAlone() =>
        Assert.Empty(
            from path in Repository.Sources("src")
            where !path.StartsWith(Library + "Native/", StringComparison.Ordinal)
            from Match word in Unsafe().Matches(Code(path))
            where path != Command + "Startup/StartState.cs" || word.Value == "unsafe"
            select $"{path} says {word.Value}");

    [Fact]
    public void IcedIsKnownToArchAlone() =>
        Assert.Empty(Repository.Sources("src")
            .Where(path => !path.StartsWith(Library + "Arch/", StringComparison.Ordinal) && Iced().IsMatch(Code(path))));

    [Fact]
    public void SystemCallsAreMadeWhereProcessesAreKnown() =>
        Assert.Empty(Repository.Sources(Library).Where(path => s_callNobody.Contains(Layer(path)) && Libc().IsMatch(Code(path))));

    private static string Layer(string path) => path[Library.Length..].Split('/')[0];

    private static string Code(string path) => CSharpText.CodeOf(Repository.Read(path));

    private static IEnumerable<string> LayersNamedIn(string path) =>
        QualifiedName().Matches(Code(path)).Select(match => match.Groups["layer"].Value).Distinct();

    private static string Namespace(string path) => NamespaceDeclaration().Match(Code(path)).Groups["name"].Value;

    private static string Expected(string path, string folder, string root)
    {
        string[] parts = path[folder.Length..].Split('/');
        return string.Join('.', parts[..^1].Prepend(root));
    }

    [GeneratedRegex(@"(?<!namespace )\bManagedUprobe\.(?<layer>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"\b(unsafe|LibraryImport|DllImport)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Unsafe();

    [GeneratedRegex(@"\bIced\.", RegexOptions.ExplicitCapture)]
    private static partial Regex Iced();

    [GeneratedRegex(@"\bLibc\.", RegexOptions.ExplicitCapture)]
    private static partial Regex Libc();
}
