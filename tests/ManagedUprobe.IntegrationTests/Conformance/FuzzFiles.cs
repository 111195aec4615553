using System;
using System.IO;
using System.Security.Cryptography;
using ManagedUprobe.IntegrationTests.Support;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>
/// The files that random definitions name, and a tag of our own: it is in every file's and every event's name, because the kernel's list
/// of events is one for all, and nothing of others may be hit.
/// </summary>
internal sealed class FuzzFiles : IDisposable
{
    private readonly PrivateFolder _folder = new();

    public FuzzFiles()
    {
        Tag = "q" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        foreach (string name in new[] { Tag, Tag + ".so.6", Tag + "-x", Tag + "_y", "1" + Tag, Tag + "+b", Tag + ":12", Tag + "(z", Tag + "%p", Tag + "=e", Tag + "\u00e9" })
        {
            File.WriteAllBytes(_folder[name], new byte[0x4000]);
        }

        _ = Directory.CreateDirectory(_folder[Tag + "d"]);
        _ = File.CreateSymbolicLink(_folder[Tag + "link"], Tag);
        _ = File.CreateSymbolicLink(_folder[Tag + "dangling"], Tag + "nothing");
        _ = File.CreateSymbolicLink(_folder[Tag + "loop"], Tag + "loop");
        CommandRunner.Output("ln", _folder[Tag], _folder[Tag + "hard"]);
        CommandRunner.Output("mkfifo", _folder[Tag + "fifo"]);
    }

    /// <summary>In the name of everything of ours. Its length is always the same, so a seed reproduces carets too.</summary>
    public string Tag { get; }

    /// <summary>The folder.</summary>
    public string Path => _folder.Path;

    public string Random(RandomText random) => random.Below(30) switch
    {
        < 16 => _folder[Tag],
        16 => _folder[Tag + ".so.6"],
        17 => _folder[Tag + "-x"],
        18 => _folder[Tag + "_y"],
        19 => _folder["1" + Tag],
        20 => _folder[Tag + "+b"],
        21 => _folder[random.Of(Tag + ":12", Tag + "(z", Tag + "%p", Tag + "=e", Tag + "\u00c3\u00a9")],
        22 => _folder[random.Of(Tag + "link", Tag + "hard", Tag + "dangling", Tag + "loop", Tag + "fifo")],
        23 => _folder.Path + random.Of("/./", "//", "/../" + System.IO.Path.GetFileName(_folder.Path) + "/") + Tag,
        24 => _folder[random.Of(Tag + "d", Tag + "d/", Tag + "none", Tag + "/x", Tag + "d/none", "")],
        25 => random.Of("/dev/null", "/tmp", "/proc/self/nothing", "./" + Tag, Tag, "/", "//", "/" + new string('a', 300), "/x:y", ""),
        26 => _folder.Path + "/" + new string('n', 250 + random.Below(10)),
        _ => _folder[Tag],
    };

    public void Dispose() => _folder.Dispose();
}
