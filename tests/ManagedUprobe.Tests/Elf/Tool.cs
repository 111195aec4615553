using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

/// <summary>Runs the tools whose output is the oracle.</summary>
internal static class Tool
{
    public static List<string> Lines(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var lines = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        process.WaitForExit();
        return lines;
    }

    /// <summary>Compiles a C or assembly source into a file of the folder.</summary>
    public static string Compile(TemporaryFolder folder, string source, string text, params string[] flags)
    {
        string output = folder.PathOf(Path.GetFileNameWithoutExtension(source));
        List<string> arguments = ["-o", output, folder.Write(source, text), .. flags];
        Lines("gcc", [.. arguments]);
        Assert.True(File.Exists(output), $"gcc made no {output}");
        return output;
    }
}
