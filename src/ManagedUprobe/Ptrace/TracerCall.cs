using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace ManagedUprobe.Ptrace;

/// <summary>One piece of work that another thread waits for.</summary>
internal sealed class TracerCall<T>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);
    private readonly ManualResetEventSlim _done = new();
    private readonly Func<T> _work;
    private ExceptionDispatchInfo? _error;
    private T? _result;

    public TracerCall(Func<T> work) => _work = work;

    /// <summary>Whether the work is done. Any thread.</summary>
    public bool IsDone => _done.IsSet;

    /// <summary>Does the work. Tracer thread.</summary>
    public void Run()
    {
        try
        {
            _result = _work();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that asked.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _error = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            _done.Set();
        }
    }

    /// <summary>Waits a while; true when the work is done.</summary>
    public bool Wait() => _done.Wait(s_patience);

    /// <summary>The result, or the exception that the work ended with.</summary>
    public T Result()
    {
        _error?.Throw();
        return _result!;
    }
}
