using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Random arguments that the kernel takes, over the memory of the fixture <c>fetchvalues</c>.</summary>
internal sealed class FetchValueTexts(RandomText random, bool isReturn)
{
    /// <summary>The argument that is the number of the call.</summary>
    public const string CallNumber = "@0x100011000:u64";

    private const ulong Arena = 0x1_0000_0000;
    private const int PageSize = 4096;

    /// <summary>With their gaps.</summary>
    private const int ArenaPages = 14;
    private const int MostOfBody = 63;
    private const int MostLevels = 14;
    private const int MostOfArray = 64;
    private const int LongestType = 8;

    private static readonly string[] s_registers =
    [
        "r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "bx", "cx", "dx", "si", "di", "bp", "ax", "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];

    // The text around an address of code is not the same: return sites are ours alone.
    private static readonly string[] s_pointers = [.. s_registers.Where(register => register != "ip")];

    private static readonly string[] s_numbers = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "x8", "x16", "x32", "x64", "char"];

    private readonly List<FetchValueArg> _arguments = [];

    /// <summary>Arguments of one event.</summary>
    public IReadOnlyList<FetchValueArg> Next()
    {
        int count = random.Chance(5) ? 60 + random.Below(40) : 1 + random.Below(20);
        while (_arguments.Count < count)
        {
            Add(Levels());
        }

        return _arguments;
    }

    private int Levels() => random.Below(60) switch
    {
        < 20 => 0,
        < 45 => 1,
        < 56 => 2,
        < 59 => 3,
        _ => 4 + random.Below(MostLevels - 4),
    };

    private void Add(int levels)
    {
        (string expression, bool isMemory, bool isText) = Base(levels, out bool isStackPointer);
        int inner = -1;
        for (int level = 0; level < levels; level++)
        {
            inner = isMemory ? AppendPointers(expression, 1, inner) : inner;
            expression = Dereference(expression, isDeep: levels > 4, isForward: isStackPointer && level == 0);
            isMemory = true;
        }

        int pointers = 0;
        string type = isText ? random.Of("", ":string") : Type(isMemory, isNumber: expression[0] == '\\', out pointers);
        if (expression.Length <= MostOfBody - Math.Max(type.Length, LongestType))
        {
            inner = pointers > 0 ? AppendPointers(expression, pointers, inner) : inner;
            _ = Append(expression + type, inner, texts: isText || type.Contains("string", StringComparison.Ordinal) ? Math.Max(pointers, 1) : 0);
        }
    }

    private int AppendPointers(string expression, int count, int inner) => Append($"{expression}:x64[{Decimal(count + 1)}]", inner, texts: 0);

    private int Append(string body, int inner, int texts)
    {
        // Of one that does not fit, none that contains it does.
        if (body.Length <= MostOfBody)
        {
            _arguments.Add(new FetchValueArg(string.Create(CultureInfo.InvariantCulture, $"v{_arguments.Count}"), body, inner, texts));
        }

        return _arguments.Count - 1;
    }

    private (string Expression, bool IsMemory, bool IsText) Base(int levels, out bool isStackPointer)
    {
        int kind = random.Below(levels > 0 ? 18 : 20);
        string register = random.Of(levels > 0 ? s_pointers : s_registers);
        isStackPointer = kind == 12 || (kind < 8 && register == "sp");
        return kind switch
        {
            < 8 => ("%" + register, false, false),
            < 12 => ("$stack" + random.Of("0", "1", "2", "5", "07", "33", "4294967296", "999", "18446744073709551615", Decimal(random.Below(600))), false, false),
            12 => ("$stack", false, false),
            13 => ($"@0x{Place():x}", true, false),
            14 => ("@+" + random.Of(Decimal(random.Below(PageSize - 8)), "0x10000000", "-0x10000000"), true, false),
            < 17 => (isReturn ? random.Of("$retval", "$retvalue") : "%di", false, false),
            17 => ($"\\0x{Place():x}", false, false),
            18 => ("\\" + random.Of(random.Number(63), "-" + random.Number(31), "+" + random.Number(31)), false, false),
            _ => (random.Of("$comm", "$COMM", "\\\"text\""), false, true),
        };
    }

    private ulong Place() => Arena + (ulong)random.Below(ArenaPages * PageSize);

    // What a return leaves below the stack pointer is each backend's own.
    private string Dereference(string expression, bool isDeep, bool isForward)
    {
        long offset = isDeep ? 0 : random.Below(10) switch
        {
            < 3 => 0,
            < 7 => 8 * random.Below(32),
            7 => (long)random.Bits(7),
            8 => (long)random.Bits(12),
            _ => random.Of(0x7fff_fff0L, 0x1_0000_0008, 4088, 4095),
        };
        offset = isDeep || isForward || random.Chance(70) ? offset : -offset;
        string magnitude = random.Chance(70) ? Decimal(Math.Abs(offset)) : $"0x{Math.Abs(offset):x}";
        string sign = isDeep ? "+" : offset < 0 ? random.Of("-", "-u", "+-") : random.Of("+", "+", "+u", "++");
        return $"{sign}{magnitude}({expression})";
    }

    private static string Decimal(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Type(bool isMemory, bool isNumber, out int pointers)
    {
        int kind = random.Below(20);
        int count = isMemory && random.Chance(25) ? 1 + random.Below(random.Chance(10) ? MostOfArray - 1 : 6) : 0;
        string array = count > 0 ? $"[{Decimal(count)}]" : "";
        bool isString = isMemory && kind is >= 3 and < 8;
        pointers = isString ? count : 0;
        return kind switch
        {
            < 3 => "",
            _ when isString => random.Of(":string", ":ustring") + array,
            < 5 when isNumber => random.Of(":string", ":ustring"),
            < 11 => ":b" + Bits() + array,
            _ => ":" + random.Of(s_numbers) + array,
        };
    }

    private string Bits()
    {
        int container = random.Of(8, 16, 32, 64);
        int width = 1 + random.Below(container);
        return string.Create(CultureInfo.InvariantCulture, $"{width}@{random.Below(container - width + 1)}/{container}");
    }
}
