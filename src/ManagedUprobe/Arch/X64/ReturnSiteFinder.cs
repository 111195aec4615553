using System.Collections.Generic;
using System.Globalization;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Finds the instructions with which a function returns, and proves that it leaves in no other way.</summary>
/// <remarks>
/// In a nutshell: the function is decoded from its start to its end; every jump must lead to an instruction of it (or of its cold part), every jump through a
/// register must be that of a switch; every return must be led to by something, unless an unwinder may land in the function. What cannot be proved is refused
/// with the reason: a return that is not seen would be an event lost, and a byte that is taken for one would be patched.
/// </remarks>
internal sealed class ReturnSiteFinder
{
    private const int MaxSize = 1024 * 1024;

    private readonly IFunctionCode _function;
    private readonly FunctionDecoding _decoding = new();
    private readonly List<ulong> _switchTargets = [];
    private string? _refusal;
    private bool _jumpsToStart;

    private ReturnSiteFinder(IFunctionCode function) => _function = function;

    /// <summary>Finds the return sites of a function.</summary>
    public static ReturnSites Find(IFunctionCode function) => new ReturnSiteFinder(function).Find();

    private ReturnSites Find()
    {
        if (_function.Main.Code.Length > MaxSize)
        {
            return ReturnSites.Refuse("it is too large to be decoded");
        }

        Add(_function.Main);
        for (int i = 0; i < _decoding.Instructions.Count && _refusal == null; i++)
        {
            Judge(i);
        }

        List<ulong> returns = _refusal == null ? ReachedReturns() : [];
        return _refusal == null
            ? new ReturnSites(returns, null) { JumpsToStart = _jumpsToStart }
            : ReturnSites.Refuse(_refusal);
    }

    private void Add(CodePart part)
    {
        if (!_decoding.TryAdd(part))
        {
            Refuse("it holds bytes that are no instruction", part.Vaddr);
        }
    }

    private void Judge(int index)
    {
        Instruction insn = _decoding.Instructions[index];
        switch (insn.FlowControl)
        {
            case FlowControl.UnconditionalBranch when insn.IsJmpShortOrNear:
            case FlowControl.ConditionalBranch:
                JudgeJump(insn);
                break;
            case FlowControl.UnconditionalBranch:
            case FlowControl.XbeginXabortXend:
                Refuse("it leaves in a way that is not known", insn.IP);
                break;
            case FlowControl.IndirectBranch when _function.Main.Mode == ExecutionMode.Bits32 || !SwitchTable.TryFindTargets(_decoding, index, _function, _switchTargets):
                Refuse("it jumps to an address that is computed", insn.IP);
                break;
            case FlowControl.Return:
                JudgeReturn(insn);
                break;
            default:
                break;
        }
    }

    private void JudgeJump(in Instruction insn)
    {
        ulong target = insn.NearBranchTarget;
        if (!_decoding.Contains(target) && _function.TryFindColdPart(target, out CodePart? cold))
        {
            Add(cold);
        }

        if (!_decoding.Contains(target))
        {
            Refuse("it leaves by a jump (a tail call)", insn.IP);
        }
        else if (!_decoding.TryFind(target, out _))
        {
            Refuse("it jumps into an instruction", insn.IP);
        }

        _jumpsToStart |= target == _function.Main.Vaddr;
    }

    private void JudgeReturn(in Instruction insn)
    {
        if (insn.Code is not (Code.Retnq or Code.Retnq_imm16 or Code.Retnd or Code.Retnd_imm16))
        {
            Refuse("it returns in an unusual way", insn.IP);
        }
        else if (InsnAnalyzer.Analyze(_decoding.BytesOf(insn), _function.Main.Mode).Refusal.IsRefused)
        {
            Refuse("its return cannot be probed", insn.IP);
        }
    }

    // Also finds code that runs on behind the function's end.
    private List<ulong> ReachedReturns()
    {
        bool[] reached = Reach();
        var returns = new List<ulong>();
        for (int i = 0; i < reached.Length && _refusal == null; i++)
        {
            Instruction insn = _decoding.Instructions[i];
            if (insn.FlowControl != FlowControl.Return)
            {
                continue;
            }

            if (!reached[i] && !_function.HasLandingPads)
            {
                Refuse("nothing is seen to lead to one of its returns", insn.IP);
            }

            returns.Add(insn.IP);
        }

        returns.Sort();
        return returns;
    }

    private bool[] Reach()
    {
        bool[] reached = new bool[_decoding.Instructions.Count];
        var pending = new Stack<ulong>(_switchTargets);
        pending.Push(_function.Main.Vaddr);
        while (pending.TryPop(out ulong vaddr))
        {
            while (_decoding.TryFind(vaddr, out int index) && !reached[index])
            {
                reached[index] = true;
                Instruction insn = _decoding.Instructions[index];
                if (insn.FlowControl is FlowControl.UnconditionalBranch or FlowControl.ConditionalBranch)
                {
                    pending.Push(insn.NearBranchTarget);
                }

                if (EndsPath(insn.FlowControl))
                {
                    break;
                }

                vaddr = insn.NextIP;
                RequireNext(insn);
            }
        }

        return reached;
    }

    private static bool EndsPath(FlowControl flow) =>
        flow is FlowControl.UnconditionalBranch or FlowControl.IndirectBranch or FlowControl.Return or FlowControl.Exception;

    // A call that does not return (abort) may be the last instruction.
    private void RequireNext(in Instruction insn)
    {
        bool mayEnd = insn.FlowControl is FlowControl.Call or FlowControl.IndirectCall or FlowControl.Interrupt || insn.Mnemonic == Mnemonic.Hlt;
        if (!mayEnd && !_decoding.TryFind(insn.NextIP, out _))
        {
            Refuse("it runs on into what follows it", insn.IP);
        }
    }

    private void Refuse(string why, ulong vaddr) =>
        _refusal ??= string.Create(CultureInfo.InvariantCulture, $"{why} at +0x{unchecked(vaddr - _function.Main.Vaddr):x}");
}
