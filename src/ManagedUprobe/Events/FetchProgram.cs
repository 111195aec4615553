using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>The arguments of one definition, compiled: turns a hit into a record of the kernel's layout.</summary>
/// <remarks>Immutable; evaluation allocates nothing and may run on any thread.</remarks>
internal sealed class FetchProgram
{
    /// <summary>Largest record that the kernel's ring buffer takes; a bigger one is dropped.</summary>
    public const int MaxRecord = 4072;

    /// <summary>Bytes that the caller's buffer must have: a string is read before it is known to be too long.</summary>
    public const int ScratchSize = 8192;

    /// <summary>Result of <see cref="Evaluate"/> for a hit whose record would be too big.</summary>
    public const int TooBig = -1;

    /// <summary>Bytes of the common part, which <see cref="Evaluate"/> leaves alone.</summary>
    public const int CommonSize = 8;

    private readonly FetchInsn[] _code;
    private readonly FetchField[] _fields;
    private readonly FetchInsn[] _firstReads;
    private readonly bool _isReturn;

    /// <summary>Compiles <paramref name="args"/> for an entry or a return probe at file offset <paramref name="offset"/>.</summary>
    public FetchProgram(IReadOnlyList<ProbeArg> args, bool isReturn, ulong offset)
    {
        _isReturn = isReturn;
        ProbeOffset = offset;
        FirstField = isReturn ? CommonSize + 16 : CommonSize + 8;
        _code = args.SelectMany(arg => arg.Code).ToArray();
        _firstReads = args.Select(FirstRead).OfType<FetchInsn>().Distinct().ToArray();
        _fields = args.Select(arg => new FetchField(FirstField + arg.Offset, arg.Type.Size, arg.ElementCount, arg.Bits)).ToArray();
        FixedSize = FirstField + args.Sum(arg => arg.Size);
        UsesComm = _code.Any(insn => insn.Op == FetchOp.Comm);
    }

    /// <summary>Whether an argument shows the thread's name.</summary>
    public bool UsesComm { get; }

    /// <summary>Where the first argument stands in a record: 16, or 24 for a return.</summary>
    public int FirstField { get; }

    /// <summary>Bytes of a record without dynamic data.</summary>
    public int FixedSize { get; }

    /// <summary>File offset of the probe.</summary>
    public ulong ProbeOffset { get; }

    /// <summary>Fetches everything for one hit. No allocation.</summary>
    /// <param name="regs">Registers of the stopped thread (%ip and %orig_ax do not come from here).</param>
    /// <param name="memory">Memory of the thread's address space.</param>
    /// <param name="context">The rest of the hit.</param>
    /// <param name="record">At least <see cref="ScratchSize"/> bytes; everything behind the common part is filled.</param>
    /// <returns>Length of the record, common part included, or <see cref="TooBig"/>.</returns>
    [SkipLocalsInit]
    public int Evaluate(in UserRegs regs, ITraceeMemory memory, FetchContext context, Span<byte> record)
    {
        Span<byte> buffer = stackalloc byte[TraceeReader.BufferSize];
        Span<ReadBlock> blocks = stackalloc ReadBlock[TraceeReader.MostBlocks];
        var evaluator = new FetchEvaluator(in regs, context, new TraceeReader(memory, buffer, blocks), record[..ScratchSize], FixedSize);
        evaluator.WriteProbeAddress(_isReturn);
        if (_firstReads.Length > 1)
        {
            evaluator.Prefetch(_firstReads, ProbeOffset);
        }

        foreach (ref readonly FetchInsn insn in _code.AsSpan())
        {
            evaluator.Execute(in insn, ProbeOffset, _fields);
        }

        return evaluator.Length > MaxRecord ? TooBig : evaluator.Length;
    }

    // As a base whose offset leads to the address; null for an argument that reads no memory.
    private static FetchInsn? FirstRead(ProbeArg arg)
    {
        FetchInsn start = arg.Code[0];
        return start.Op switch
        {
            FetchOp.Stack => start,
            FetchOp.Register or FetchOp.FileOffset or FetchOp.Immediate when arg.Code[1].Op != FetchOp.StoreValue => start with { Offset = arg.Code[1].Offset },
            _ => null,
        };
    }
}
