using System;
using System.Globalization;
using ManagedUprobe.IntegrationTests.Support;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>
/// A fixture that a shell starts in between, so that it is no child of this process: System.Diagnostics.Process ends the whole process when somebody else, a
/// tracer for instance, has waited for the end of its child.
/// </summary>
internal sealed class Grandchild : IDisposable
{
    private readonly RunningCommand _shell;

    public Grandchild(string program, params string[] arguments)
        : this(program, TimeSpan.FromMinutes(12), arguments)
    {
    }

    public Grandchild(string program, TimeSpan timeout, params string[] arguments)
    {
        var command = new Command("/bin/sh", ["-c", "exec 3<&0; \"$0\" \"$@\" <&3 3<&- & wait $!", program, .. arguments]);
        _shell = new RunningCommand(command with { Timeout = timeout });
        Id = int.Parse(_shell.WaitForOutput("ready ").Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The fixture's process id, which it prints behind "ready".</summary>
    public int Id { get; }

    public void ThrowIfEnded() => _shell.ThrowIfEnded();

    /// <summary>Closes its standard input and waits for its end; the exit status is the fixture's.</summary>
    public CommandResult WaitForEnd() => _shell.WaitForEnd();

    public void Dispose() => _shell.Dispose();
}
