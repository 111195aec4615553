namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>One definition in the kernel's language, which both backends get word for word.</summary>
internal sealed record Probe(char Kind, string Event, string Path, ulong Offset, string Arguments = "")
{
    public static Probe Entry(string path, string symbol, string arguments = "")
    {
        return new Probe('p', symbol, path, ElfSymbols.OffsetOf(path, symbol), arguments);
    }

    public static Probe Return(string path, string symbol, string arguments = "")
    {
        return new Probe('r', symbol + "_return", path, ElfSymbols.OffsetOf(path, symbol), arguments);
    }

    public string Definition(string group)
    {
        string arguments = Arguments.Length == 0 ? "" : " " + Arguments;
        return $"{Kind}:{group}/{Event} {Path}:0x{Offset:x}{arguments}";
    }
}
