using System;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>trace_options: the options, those that are off with a no before them.</summary>
internal sealed class TraceOptionsFile(TraceArray array) : TraceFile("trace_options", ReadWrite)
{
    private const string Off = "no";

    /// <inheritdoc/>
    public override string Read() =>
        string.Concat(TraceOptionNames.All.Select(each => (array.Has(each.Option) ? "" : Off) + each.Name + "\n"));

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        string word = KernelWrite.Word(data);
        bool off = word.StartsWith(Off, StringComparison.Ordinal);
        string name = off ? word[Off.Length..] : word;
        TraceOption option = TraceOptionNames.All.FirstOrDefault(each => each.Name == name).Option;
        if (option == TraceOption.None)
        {
            throw new UprobeException(Errno.EINVAL, $"There is no option {KernelText.ToUnicode(name)}");
        }

        array.Set(option, !off);
        return data.Length;
    }
}
