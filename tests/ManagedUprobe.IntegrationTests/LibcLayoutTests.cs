using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>The C compiler of the machine proves what <c>src/ManagedUprobe/Native</c> says about C structs and constants.</summary>
public sealed class LibcLayoutTests
{
    // sys/ptrace.h and linux/ptrace.h do not go together; the kernel's has what both backends need.
    private const string Headers =
        "#define _GNU_SOURCE\n#include <stddef.h>\n#include <signal.h>\n#include <sys/user.h>\n#include <sys/wait.h>\n"
        + "#include <linux/ptrace.h>\n#include <asm/ptrace-abi.h>\n";

    [Fact]
    public void UserRegsAreUserRegsStruct()
    {
        Assert.Empty(Refused(Layout<UserRegs>("struct user_regs_struct")));
    }

    [Fact]
    public void SigInfoIsTheHeadOfSiginfo()
    {
        Assert.Empty(Refused(Layout<SigInfo>("siginfo_t", except: ["padding"])));
    }

    [Fact]
    public void RseqConfigurationIsThatOfPtrace()
    {
        Assert.Empty(Refused(Layout<RseqConfiguration>("struct ptrace_rseq_configuration")));
    }

    [Fact]
    public void EnumerationsAreTheHeaders()
    {
        IEnumerable<string> assertions =
        [
            .. Constants<PtraceRequest>().Select(text => text.Replace("USER", "USR", StringComparison.Ordinal)),
            .. Constants<PtraceEventCode>(except: nameof(PtraceEventCode.None)),
            .. Constants<PtraceOptions>(except: nameof(PtraceOptions.None)),
            Constant(nameof(SigInfo.SI_KERNEL), SigInfo.SI_KERNEL),
            Constant(nameof(SigInfo.TRAP_TRACE), SigInfo.TRAP_TRACE),
            Constant(nameof(SigInfo.TRAP_BRKPT), SigInfo.TRAP_BRKPT),
        ];
        Assert.Empty(Refused(assertions));
    }

    [Fact]
    public void AWrongOffsetIsRefused()
    {
        Assert.Single(Refused(["_Static_assert(offsetof(struct user_regs_struct, rip) == 0, \"rip\");"]));
    }

    private static IEnumerable<string> Layout<T>(string type, string[]? except = null)
        where T : struct
    {
        yield return $"_Static_assert(sizeof({type}) == {Marshal.SizeOf<T>()}, \"size\");";
        foreach (string field in typeof(T).GetFields().Where(field => !field.IsLiteral).Select(field => field.Name).Except(except ?? []))
        {
            yield return $"_Static_assert(offsetof({type}, {field}) == {Marshal.OffsetOf<T>(field)}, \"{field}\");";
        }
    }

    private static IEnumerable<string> Constants<T>(string? except = null)
        where T : struct, Enum
    {
        return Enum.GetValues<T>().Where(value => value.ToString() != except)
            .Select(value => Constant(value.ToString(), Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static string Constant(string name, long value)
    {
        return $"_Static_assert({name} == {value}, \"{name}\");";
    }

    /// <summary>The compiler's complaints, one a refused assertion.</summary>
    private static IEnumerable<string> Refused(IEnumerable<string> assertions)
    {
        using var folder = new PrivateFolder();
        string file = folder["layout.c"];
        File.WriteAllText(file, new StringBuilder(Headers).AppendJoin('\n', assertions).Append('\n').ToString());
        CommandResult result = CommandRunner.Run("gcc", "-fsyntax-only", file);
        return [.. result.Errors.Split('\n').Where(line => line.Contains("error:", StringComparison.Ordinal))];
    }
}
