using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ManagedUprobe.Native;

namespace ManagedUprobe.Events;

/// <summary>The state of one evaluation (process_fetch_insn): the value in hand, and what has been stored.</summary>
internal ref struct FetchEvaluator
{
    /// <summary>Longest string with its NUL; a longer one is a fault.</summary>
    private const int MaxString = 4096;

    private readonly ref readonly UserRegs _regs;
    private readonly FetchContext _context;
    private readonly Span<byte> _record;
    private TraceeReader _reader;
    private int _dynamicEnd;
    private ulong _value;
    private bool _fault;
    private bool _isComm;

    /// <summary>Starts a record whose fixed part takes <paramref name="fixedSize"/> bytes.</summary>
    public FetchEvaluator(
        in UserRegs regs,
        FetchContext context,
        TraceeReader reader,
        Span<byte> record,
        int fixedSize)
    {
        _regs = ref regs;
        _context = context;
        _reader = reader;
        _record = record;
        _dynamicEnd = fixedSize;
    }

    /// <summary>Bytes of the record so far; above <see cref="FetchProgram.MaxRecord"/> it cannot be kept.</summary>
    public readonly int Length => _dynamicEnd;

    /// <summary>Writes __probe_ip, or __probe_func and __probe_ret_ip.</summary>
    public readonly void WriteProbeAddress(bool isReturn)
    {
        Span<byte> at = _record[FetchProgram.CommonSize..];
        BinaryPrimitives.WriteUInt64LittleEndian(at, _context.HitVaddr);
        if (isReturn)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(at[sizeof(ulong)..], _context.ReturnVaddr);
        }
    }

    /// <summary>Reads at once what the registers point to.</summary>
    /// <param name="first">The first read of each argument: a base, whose value and offset give the address.</param>
    /// <param name="probeOffset">File offset of the probe.</param>
    public void Prefetch(ReadOnlySpan<FetchInsn> first, ulong probeOffset)
    {
        Span<ulong> vaddrs = stackalloc ulong[first.Length];
        for (int i = 0; i < first.Length; i++)
        {
            ref readonly FetchInsn insn = ref first[i];
            ulong value = insn.Op switch
            {
                FetchOp.Register => ReadRegister(insn.Index),
                FetchOp.Stack => unchecked(_regs.rsp + insn.Value),
                FetchOp.FileOffset => FileVaddr(insn.Value, probeOffset),
                _ => insn.Value,
            };
            vaddrs[i] = unchecked(value + (ulong)(long)insn.Offset);
        }

        _reader.Prefetch(vaddrs);
    }

    /// <summary>Executes one step.</summary>
    public void Execute(in FetchInsn insn, ulong probeOffset, ReadOnlySpan<FetchField> fields)
    {
        switch (insn.Op)
        {
            case FetchOp.Register:
                Begin(ReadRegister(insn.Index));
                break;
            case FetchOp.Ip:
                Begin(_context.Ip);
                break;
            case FetchOp.OrigAx:
                Begin(ulong.MaxValue);
                break;
            case FetchOp.Stack:
                _ = _reader.TryReadWord(unchecked(_regs.rsp + insn.Value), out ulong word);
                Begin(word);
                break;
            case FetchOp.Immediate:
                Begin(insn.Value);
                break;
            case FetchOp.FileOffset:
                Begin(FileVaddr(insn.Value, probeOffset));
                break;
            case FetchOp.Comm:
                Begin(0);
                _isComm = true;
                break;
            case FetchOp.ImmediateString:
                Begin(0);
                _fault = true;
                break;
            case FetchOp.Dereference:
            case FetchOp.DereferenceUser:
                _fault = _fault || !_reader.TryReadWord(At(insn.Offset), out _value);
                break;
            default:
                Store(in insn, in fields[insn.Index]);
                break;
        }
    }

    private void Begin(ulong value)
    {
        _value = value;
        _fault = false;
        _isComm = false;
    }

    private readonly ulong FileVaddr(ulong offset, ulong probeOffset) => unchecked(_context.HitVaddr - probeOffset + offset);

    private readonly ulong At(int offset) => unchecked(_value + (ulong)(long)offset);

    private void Store(in FetchInsn insn, in FetchField field)
    {
        switch (insn.Op)
        {
            case FetchOp.StoreValue:
                Put(in field, 0, _value);
                break;
            case FetchOp.StoreMemory:
                StoreMemory(in insn, in field);
                break;
            case FetchOp.StoreString:
                StoreString(in field, 0, At(insn.Offset), _fault);
                break;
            default:
                StoreStringArray(in insn, in field);
                break;
        }
    }

    /// <summary>What cannot be read is 0, byte by byte as copy_from_user leaves it.</summary>
    private void StoreMemory(in FetchInsn insn, in FetchField field)
    {
        Span<byte> target = _record.Slice(field.Position, field.Size * field.Count);
        int done = _fault ? 0 : _reader.ReadUpTo(At(insn.Offset), target);
        target[done..].Clear();
        if (done < target.Length && !_fault)
        {
            // Elements behind a hole may be readable again.
            ReadElementsFrom(done / field.Size + 1, At(insn.Offset), in field);
        }

        for (int i = 0; i < field.Count && !field.Bits.IsNone; i++)
        {
            Put(in field, i, Get(in field, i));
        }
    }

    private void ReadElementsFrom(int first, ulong vaddr, in FetchField field)
    {
        for (int i = first; i < field.Count; i++)
        {
            Span<byte> element = _record.Slice(field.Position + (i * field.Size), field.Size);
            int done = _reader.ReadUpTo(unchecked(vaddr + (ulong)(i * field.Size)), element);
            element[done..].Clear();
        }
    }

    private void StoreStringArray(in FetchInsn insn, in FetchField field)
    {
        ulong pointers = At(insn.Offset);
        for (int i = 0; i < field.Count; i++)
        {
            ulong vaddr = 0;
            bool read = !_fault && _reader.TryReadWord(unchecked(pointers + (ulong)(i * sizeof(ulong))), out vaddr);
            StoreString(in field, i, vaddr, !read);
        }
    }

    private void StoreString(in FetchField field, int index, ulong vaddr, bool fault)
    {
        int length = 0;
        // Once the record is too big there is no use in reading on, nor room.
        if (!fault && _dynamicEnd <= FetchProgram.MaxRecord)
        {
            Span<byte> target = _record.Slice(_dynamicEnd, MaxString);
            length = _isComm ? StoreComm(target) : _reader.ReadString(vaddr, target);
        }

        uint locator = ((uint)length << 16) | (uint)(_dynamicEnd & 0xffff);
        BinaryPrimitives.WriteUInt32LittleEndian(_record[(field.Position + (index * sizeof(uint)))..], locator);
        _dynamicEnd += length;
    }

    private readonly int StoreComm(Span<byte> target)
    {
        _context.Comm.CopyTo(target);
        target[_context.Comm.Length] = 0;
        return _context.Comm.Length + 1;
    }

    private readonly ulong Get(in FetchField field, int index)
    {
        ReadOnlySpan<byte> from = _record[(field.Position + (index * field.Size))..];
        return field.Size switch
        {
            1 => from[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(from),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(from),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(from),
        };
    }

    private readonly void Put(in FetchField field, int index, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, field.Bits.Extract(value));
        bytes[..field.Size].CopyTo(_record[(field.Position + (index * field.Size))..]);
    }

    private readonly ulong ReadRegister(int offset) =>
        MemoryMarshal.Cast<UserRegs, ulong>(MemoryMarshal.CreateReadOnlySpan(in _regs, 1))[offset / sizeof(ulong)];
}
