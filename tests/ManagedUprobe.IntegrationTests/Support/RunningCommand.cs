using System;
using System.Diagnostics;
using System.IO;
using System.Text;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A started program. Never hangs: when its time is over it and its descendants are killed, and the wait throws.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Command _command;
    private readonly Process _process;
    private readonly StreamCollector _output;
    private readonly StreamCollector _errors;
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _ended;
    private bool _inputClosed;

    public RunningCommand(Command command)
    {
        _command = command;
        _process = Process.Start(StartInfo(command))!;
        _output = new StreamCollector(_process.StandardOutput.BaseStream);
        _errors = new StreamCollector(_process.StandardError.BaseStream);
    }

    public int Id => _process.Id;

    /// <summary>Whether the program has ended.</summary>
    public bool HasEnded => _process.HasExited;

    private TimeSpan Left
    {
        get
        {
            TimeSpan left = _command.Timeout - Stopwatch.GetElapsedTime(_started);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Waits for a line of standard output.</summary>
    public string WaitForOutput(string start)
    {
        return _output.WaitForLine(start, Left) ?? throw Failure($"no line '{start}…' on standard output");
    }

    /// <summary>Waits for a line of standard error.</summary>
    public string WaitForErrors(string start)
    {
        return _errors.WaitForLine(start, Left) ?? throw Failure($"no line '{start}…' on standard error");
    }

    /// <summary>For loops that wait for something that only a living program can do.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited || Left == TimeSpan.Zero)
        {
            throw Failure("ended, or took too long");
        }
    }

    public void CloseInput()
    {
        if (_inputClosed)
        {
            return;
        }

        _inputClosed = true;
        try
        {
            _process.StandardInput.BaseStream.Write(_command.Input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program that ends without reading its input is no error.
        }
    }

    /// <summary>Writes to its standard input, which stays open.</summary>
    public void Send(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends a signal by name, "INT" for instance.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", ["-" + name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the program has ended and its streams are closed.</summary>
    public CommandResult WaitForEnd()
    {
        CloseInput();
        if (!_process.WaitForExit(Left) || !_output.WaitForEnd(Left) || !_errors.WaitForEnd(Left))
        {
            throw Failure($"did not end within {_command.Timeout.TotalSeconds} s");
        }

        _ended = true;
        return new CommandResult(_process.ExitCode, _output.Bytes, _errors.Bytes);
    }

    public void Dispose()
    {
        if (!_ended)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo StartInfo(Command command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.Directory ?? "",
        };
        foreach ((string name, string? value) in command.Environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return start;
    }

    private TimeoutException Failure(string what)
    {
        Kill();
        return new TimeoutException(
            $"{_command}: {what}\n--- output\n{Encoding.UTF8.GetString(_output.Bytes)}\n--- errors\n{Encoding.UTF8.GetString(_errors.Bytes)}");
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }

        _ended = true;
    }
}
