using System;
using System.Collections.Generic;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Parses the expression of one fetch argument (parse_probe_arg).</summary>
internal sealed class FetchExpressionParser
{
    /// <summary>Steps that the kernel has room for: a base and its dereferences.</summary>
    private const int MaxSteps = 15;

    private const string BadVariable = "Invalid $-variable specified";

    private readonly TraceProbeLog _log;
    private readonly int _token;
    private readonly bool _isReturn;
    private readonly List<FetchInsn> _code = [];

    /// <summary>Creates a parser for the expression that starts at <paramref name="start"/> of a token.</summary>
    public FetchExpressionParser(TraceProbeLog log, int token, bool isReturn, int start)
    {
        _log = log;
        _token = token;
        _isReturn = isReturn;
        Position = start;
    }

    /// <summary>
    /// Where the next error would point to. Entering a dereference moves it on and leaving does not take it back, so
    /// after the whole expression it stands behind the outermost opening brace: errors found later are reported from there.
    /// </summary>
    public int Position { get; private set; }

    /// <summary>Parses an expression.</summary>
    /// <returns>Its steps: a base and dereferences.</returns>
    public List<FetchInsn> Parse(string text)
    {
        ParseLevel(text);
        return _code;
    }

    private void ParseLevel(ReadOnlySpan<char> text)
    {
        char first = text.IsEmpty ? '\0' : text[0];
        switch (first)
        {
            case '$':
                ParseVariable(text[1..]);
                break;
            case '%':
                Add(Register(text[1..]));
                break;
            case '@':
                ParseMemory(text[1..]);
                break;
            case '+' or '-':
                ParseDereference(text);
                break;
            case '\\':
                ParseImmediate(text[1..]);
                break;
            case '(':
                throw _log.Error(Errno.EOPNOTSUPP, "BTF is not available or not supported", _token, Position);
            default:
                throw KernelText.IsAlpha(first) || first == '_'
                    ? Fail("BTF is not available or not supported")
                    : Fail("Invalid fetch argument");
        }
    }

    private void ParseVariable(ReadOnlySpan<char> name)
    {
        if (name.StartsWith("retval"))
        {
            // Whatever follows is ignored, as the kernel does.
            Add(_isReturn ? Register("ax") : throw Fail("$retval is not available on probe"));
        }
        else if (name.StartsWith("stack"))
        {
            ParseStack(name["stack".Length..]);
        }
        else if (name is "comm" or "COMM")
        {
            Add(new FetchInsn(FetchOp.Comm));
        }
        else if (name.StartsWith("arg"))
        {
            Errno errno = KernelNumber.ParseUnsigned(name["arg".Length..], out ulong number, radix: 10);
            throw errno != 0 ? Fail(BadVariable)
                : number is 0 or > 2048 ? Fail("Invalid argument number")
                : Fail("$arg* can be used only on function entry or exit");
        }
        else
        {
            throw Fail(BadVariable);
        }
    }

    private void ParseStack(ReadOnlySpan<char> number)
    {
        if (number.IsEmpty)
        {
            Add(Register("sp"));
            return;
        }

        if (!KernelText.IsDigit(number[0]) || KernelNumber.ParseUnsigned(number, out ulong index, radix: 10) != (Errno)0)
        {
            throw Fail(BadVariable);
        }

        Add(new FetchInsn(FetchOp.Stack, Value: (index & uint.MaxValue) * sizeof(ulong)));
    }

    private FetchInsn Register(ReadOnlySpan<char> name)
    {
        if (!RegisterTable.TryFind(name, out int offset))
        {
            throw Fail("Invalid register name");
        }

        // What a uprobe handler sees is not what ptrace shows: the probed address, and no system call.
        return name switch
        {
            "ip" => new FetchInsn(FetchOp.Ip),
            "orig_ax" => new FetchInsn(FetchOp.OrigAx),
            _ => new FetchInsn(FetchOp.Register, offset),
        };
    }

    private void ParseMemory(ReadOnlySpan<char> address)
    {
        if (!address.IsEmpty && KernelText.IsDigit(address[0]))
        {
            Errno errno = KernelNumber.ParseUnsigned(address, out ulong vaddr);
            Add(errno == 0 ? new FetchInsn(FetchOp.Immediate, Value: vaddr) : throw Fail(errno, "Invalid memory address"));
        }
        else if (address.StartsWith('+'))
        {
            Errno errno = KernelNumber.ParseSigned(address[1..], out long offset);
            Add(errno == 0
                ? new FetchInsn(FetchOp.FileOffset, Value: unchecked((ulong)offset))
                : throw Fail(errno, "Invalid file offset value"));
        }
        else
        {
            throw Fail("Symbol is not available with uprobe");
        }

        Add(new FetchInsn(FetchOp.Dereference));
    }

    private void ParseDereference(ReadOnlySpan<char> text)
    {
        // +u and -u: the sign takes the place of the u, which is why carets behind are one column short.
        char sign = text[0];
        ReadOnlySpan<char> rest = text.Length > 1 && text[1] == 'u' ? text[2..] : text[1..];
        int brace = rest.IndexOf('(');
        if (brace < 0)
        {
            throw Fail("Dereference needs a brace");
        }

        string number = sign == '-' ? string.Concat("-", rest[..brace]) : rest[..brace].ToString();
        Errno errno = KernelNumber.ParseSigned(number, out long offset);
        if (errno != 0)
        {
            throw Fail(errno, "Invalid dereference offset");
        }

        Position += number.Length + 1 + (number.StartsWith('-') ? 0 : 1);
        ParseInner(rest[(brace + 1)..], unchecked((int)offset));
    }

    private void ParseInner(ReadOnlySpan<char> inner, int offset)
    {
        int close = inner.LastIndexOf(')');
        if (close < 0)
        {
            throw _log.Invalid("Dereference brace is not closed", _token, Position + inner.Length);
        }

        int entered = Position;
        ParseLevel(inner[..close]);
        Position = entered;
        if (_code[^1].Op is FetchOp.Comm or FetchOp.ImmediateString)
        {
            throw Fail("$comm can not be dereferenced");
        }

        Add(new FetchInsn(FetchOp.Dereference, Offset: offset));
    }

    private void ParseImmediate(ReadOnlySpan<char> text)
    {
        if (text.StartsWith('"'))
        {
            // The opening quote alone is not a closed string.
            Add(text.Length > 1 && text[^1] == '"'
                ? new FetchInsn(FetchOp.ImmediateString)
                : throw _log.Invalid("String is not closed with '\"'", _token, Position + 1 + text.Length));
            return;
        }

        char first = text.IsEmpty ? '\0' : text[0];
        ulong value = 0;
        Errno errno = Errno.EINVAL;
        if (KernelText.IsDigit(first))
        {
            errno = KernelNumber.ParseUnsigned(text, out value);
        }
        else if (first is '-' or '+')
        {
            errno = KernelNumber.ParseSigned(first == '+' ? text[1..] : text, out long signed);
            value = unchecked((ulong)signed);
        }

        Add(errno == 0
            ? new FetchInsn(FetchOp.Immediate, Value: value)
            : throw _log.Error(errno, "Invalid immediate value", _token, Position + 1));
    }

    private void Add(FetchInsn insn)
    {
        if (_code.Count == MaxSteps)
        {
            throw Fail("Dereference is too much nested");
        }

        _code.Add(insn);
    }

    private UprobeException Fail(string message) => Fail(Errno.EINVAL, message);

    private UprobeException Fail(Errno errno, string message) => _log.Error(errno, message, _token, Position);
}
