using System;
using System.Linq;
using System.Text;
using ManagedUprobe.Command.Tracing;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;

namespace ManagedUprobe.Command.Files;

/// <summary>Runs muprobe tracefs.</summary>
internal static class TraceFsRunner
{
    public static int Run(TraceFsOptions options) => CommandErrors.Guard(() =>
    {
        using var output = OutputDescriptor.Open(options.Target.OutputPath);
        if (!options.Target.HasTarget)
        {
            var files = new TraceFs();
            Write(files, options);
            return Read(files, options, output, ExitCodes.Success);
        }

        using UprobeSession session = TraceTarget.Open(options.Target, countOnly: true);
        Write(session.TraceFs, options);
        int status = TraceRunner.RunToEnd(session, options.Target);
        return Read(session.TraceFs, options, output, status);
    });

    private static void Write(TraceFs files, TraceFsOptions options)
    {
        foreach (TraceFsWrite write in options.Writes)
        {
            OnFile(write.Path, () =>
            {
                files.WriteText(write.Path, write.Text, write.Append);
                return true;
            });
        }
    }

    private static int Read(TraceFs files, TraceFsOptions options, OutputDescriptor output, int status)
    {
        foreach (string path in options.Reads)
        {
            _ = output.TryWrite(OnFile(path, () => files.IsFolder(path) ? Listing(files, path) : files.ReadBytes(path)));
        }

        return status;
    }

    private static byte[] Listing(TraceFs files, string path) =>
        Encoding.UTF8.GetBytes(string.Concat(files.List(path).Select(name => name + "\n")));

    // Which file, and the errno that a shell would show.
    private static T OnFile<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UprobeException error) when (error.Command == null)
        {
            throw new UprobeException(error.Errno, $"{path}: {ErrnoText.Name(error.Errno)}: {error.Message}");
        }
    }
}
