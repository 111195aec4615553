namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Runs programs to their end.</summary>
internal static class CommandRunner
{
    public static CommandResult Run(Command command)
    {
        using var running = new RunningCommand(command);
        return running.WaitForEnd();
    }

    public static CommandResult Run(string program, params string[] arguments)
    {
        return Run(new Command(program, arguments));
    }

    /// <summary>For the tests' own tools: fails unless the status is 0, and gives the output.</summary>
    public static string Output(string program, params string[] arguments)
    {
        CommandResult result = Run(program, arguments);
        return result.ExitStatus == 0
            ? result.Output
            : throw new System.InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
    }
}
