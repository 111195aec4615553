using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>A fixture program under a session of the library, started when the test says so; what it prints goes to a file.</summary>
internal sealed class TracedFixture : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly PrivateFolder _folder = new();
    private readonly string _program;

    public TracedFixture(string name, params int[] arguments)
        : this(SessionOptions.Default, name, arguments)
    {
    }

    public TracedFixture(SessionOptions options, string name, params int[] arguments)
    {
        _program = Fixture.Path(name);
        IEnumerable<string> numbers = arguments.Select(number => number.ToString(CultureInfo.InvariantCulture));
        Session = UprobeSession.Launch("sh", ["-c", "out=$1; shift; exec \"$@\" >\"$out\"", "sh", _folder["out"], _program, .. numbers], options);
    }

    public UprobeSession Session { get; }

    /// <summary>Starts nothing; the probe is there before the program is.</summary>
    public UprobeRegistration Register(string symbol, UprobeConsumer consumer)
    {
        return Session.Register(PlaceOf(symbol), consumer);
    }

    public Uprobe PlaceOf(string symbol)
    {
        return new Uprobe(_program, ElfSymbols.OffsetOf(_program, symbol));
    }

    public string Define(string definition)
    {
        return definition.Replace("@", _program, StringComparison.Ordinal);
    }

    /// <summary>Waits for the end of the program, traced to its end or left meanwhile.</summary>
    public async Task<CommandResult> RunAsync()
    {
        int status = await Session.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(s_patience);
        return ResultOf(status);
    }

    /// <summary>The same, and it leaves what an untraced run leaves.</summary>
    public async Task AssertUnharmedAsync(params string[] arguments)
    {
        AssertSame(arguments, await RunAsync());
    }

    /// <summary>The same for a session that has failed, whose waits throw.</summary>
    public void AssertUnharmedAfterFailure(params string[] arguments)
    {
        Assert.True(SpinWait.SpinUntil(() => Session.ExitStatus != null, s_patience));
        AssertSame(arguments, ResultOf(Session.ExitStatus!.Value));
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _folder.Dispose();
    }

    private void AssertSame(string[] arguments, CommandResult traced)
    {
        CommandResult untraced = CommandRunner.Run(_program, arguments);
        Assert.Equal(untraced.ToString(), traced.ToString());
        Compare.SameResult(untraced, traced);
    }

    private CommandResult ResultOf(int status)
    {
        return new CommandResult(status, File.ReadAllBytes(_folder["out"]), []);
    }
}
