using System;
using System.Globalization;
using System.IO;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>The fixture "waiting", running and no child of the tests' process: those are refused.</summary>
internal sealed class WaitingProcess : IDisposable
{
    private readonly RunningCommand _shell;
    private readonly string _program;

    public WaitingProcess(int calls = 10, int threads = 0, string? program = null)
    {
        _program = program ?? Fixture.Path("waiting");
        _shell = new RunningCommand(new Command("sh", "-c", "\"$0\" \"$@\"; exit $?", _program, $"{calls}", $"{threads}"));
        Id = int.Parse(_shell.WaitForOutput("ready ").Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public int Id { get; }

    public Uprobe Place => new(_program, ElfSymbols.OffsetOf(_program, "f1"));

    public bool IsTraced => !File.ReadAllText($"/proc/{Id}/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);

    /// <summary>Lets it call and end; how often it called.</summary>
    public long Finish()
    {
        CommandResult result = _shell.WaitForEnd();
        return result.ExitStatus == 0 ? result.Number("calls") : throw new InvalidOperationException(result.ToString());
    }

    public void Dispose()
    {
        _shell.Dispose();
    }
}
