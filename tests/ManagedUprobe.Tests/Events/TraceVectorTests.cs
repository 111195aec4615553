using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Tests.Support;
using Xunit;

namespace ManagedUprobe.Tests.Events;

/// <summary>The trace vectors that need no process: the calls of the fixture with its data in a fake memory.</summary>
public sealed partial class TraceVectorTests
{
    private const ulong Text = 0x7fff_0002_0000;
    private const ulong Stack = 0x7fff_0003_0000;

    public static TheoryData<string> Rows =>
    [
        "T001", "T002", "T003", "T004", "T005", "T006", "T010", "T011", "T012", "T013", "T014", "T015", "T016", "T017",
        "T020", "T021", "T022",
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void PrintsWhatTheKernelPrints(string id)
    {
        Dictionary<string, string> row = VectorFile.Read("trace-vectors.tsv").Single(row => row["id"] == id);
        string definition = Symbol().Replace(row["commands"], "0x1000").Replace("{BIN}", "/tmp/fx", StringComparison.Ordinal);
        IEnumerable<string> lines = row["run"].Split(' ').SelectMany(call => Calls(call, definition));
        Assert.Equal(row["lines"], string.Join('\n', lines));
    }

    private static IEnumerable<string> Calls(string call, string definition)
    {
        foreach (ulong first in FirstArguments(call))
        {
            var hit = new Hit(definition);
            Load(hit, call, first);
            yield return Return().Replace(Address().Replace(hit.EventText(), "(IP)"), "(RET <- FUNC)");
        }
    }

    private static ulong[] FirstArguments(string call) => call switch
    {
        "retstr" => [Text, 0],
        "bad" => [0, 0x10, unchecked((ulong)-4096L), ulong.MaxValue],
        "str" => [Text + 0x100],
        "empty" => [Text + 0x200],
        "rec" => [FixtureRecord.Vaddr],
        _ => [1],
    };

    private static void Load(Hit hit, string call, ulong first)
    {
        hit.Regs.rdi = first;
        hit.Regs.rax = call == "int" ? ulong.MaxValue : first;
        hit.Regs.rsi = call switch
        {
            "str" => Text + 0x300,
            "empty" => Text + 0x400,
            _ => unchecked((ulong)-2L),
        };
        (hit.Regs.rdx, hit.Regs.rcx, hit.Regs.r8, hit.Regs.r9) = (0x123456789abcdef, 4, 5, 6);
        hit.Regs.rsp = Stack;
        hit.Memory.Map(Stack, 0x1234, 0x77, 0x88);
        hit.Memory.Map(Text, "return-string");
        hit.Memory.Map(Text + 0x100, "first string");
        hit.Memory.Map(Text + 0x200, "");
        hit.Memory.Map(Text + 0x300, "second");
        hit.Memory.Map(Text + 0x400, "x");
        FixtureRecord.Map(hit.Memory);
    }

    [GeneratedRegex(@"\{F:\w+\}")]
    private static partial Regex Symbol();

    [GeneratedRegex(@"\(0x[0-9a-f]+ <- 0x[0-9a-f]+\)")]
    private static partial Regex Return();

    [GeneratedRegex(@"\(0x[0-9a-f]+\)")]
    private static partial Regex Address();
}
