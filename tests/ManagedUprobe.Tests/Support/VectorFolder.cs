using System;
using System.IO;

namespace ManagedUprobe.Tests.Support;

/// <summary>A folder whose file fx has a path of 13 bytes, as the carets of the vectors assume.</summary>
internal sealed class VectorFolder : IDisposable
{
    public VectorFolder()
    {
        do
        {
            Name = Guid.NewGuid().ToString("N")[..5];
        }
        while (Directory.Exists("/tmp/" + Name));

        _ = Directory.CreateDirectory("/tmp/" + Name);
        Binary = $"/tmp/{Name}/fx";
        File.WriteAllBytes(Binary, new byte[0x4000]);
    }

    public string Name { get; }

    public string Binary { get; }

    public string Substitute(string text) =>
        text.Replace("{BIN}", Binary, StringComparison.Ordinal).Replace("mu-fx", Name, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete("/tmp/" + Name, recursive: true);
}
