using System;
using System.Collections.Generic;
using ManagedUprobe.Ptrace;
using Xunit;

namespace ManagedUprobe.Tests.Ptrace;

/// <summary>No wake-up is lost: every order in which posting threads and the tracer thread can take their steps is tried.</summary>
public sealed class WorkQueueTests
{
    private const int Posters = 3;

    [Fact]
    public void NoOrderOfStepsLeavesWorkBehindASleepingThread()
    {
        var choices = new Choices();
        int orders = 0;
        do
        {
            var run = new Interleaving(choices);
            run.RunTracer();
            Assert.True(run.Done == Posters, $"{run.Done} of {Posters} done: {choices}");
            orders++;
        }
        while (choices.Advance());

        Assert.InRange(orders, 1000, int.MaxValue);
    }

    [Fact]
    public void AWakeUpTakenByTheWorkItselfDoesNotCountForWhatIsPostedBehindIt()
    {
        int sent = 0;
        var queue = new WorkQueue(() => sent++);
        queue.Add(() =>
        {
            queue.Add(() => { });
            queue.Wake();
            queue.WakeUpArrived();
        });
        queue.Run();
        queue.Add(() => { });
        queue.Wake();
        Assert.Equal(2, sent);
    }

    [Fact]
    public void ManyPostsSendOneWakeUp()
    {
        int sent = 0;
        var queue = new WorkQueue(() => sent++);
        for (int i = 0; i < 10; i++)
        {
            queue.Add(() => { });
            queue.Wake();
        }

        Assert.Equal(1, sent);
    }

    /// <summary>The tracer's loop, with the steps of the posters put in where the choices say.</summary>
    private sealed class Interleaving
    {
        // One has posted already, which leaves the orders of the other two.
        private readonly int[] _steps = new int[Posters];
        private readonly WorkQueue _queue;
        private readonly Choices _choices;
        private bool _stopIsThere;

        public Interleaving(Choices choices)
        {
            _choices = choices;
            _queue = new WorkQueue(() => _stopIsThere = true);
            Step(0);
            Step(0);
        }

        public int Done { get; private set; }

        public void RunTracer()
        {
            while (true)
            {
                Others();
                _queue.Run();
                Others();
                if (_stopIsThere)
                {
                    Take();
                }
                else if (!OneOther(mayPause: false))
                {
                    return;
                }
            }
        }

        // Work looks at the stops that are there, as attaching does.
        private void Work()
        {
            Others();
            if (_stopIsThere)
            {
                Take();
            }

            Others();
            Done++;
        }

        private void Take()
        {
            _stopIsThere = false;
            Others();
            _queue.WakeUpArrived();
        }

        private void Others()
        {
            while (OneOther(mayPause: true))
            {
            }
        }

        // Posters are alike: the order among those that have not begun makes no difference.
        private bool OneOther(bool mayPause)
        {
            List<int> ready = [.. Ready()];
            if (ready.Count == 0)
            {
                return false;
            }

            int choice = _choices.Next(ready.Count + (mayPause ? 1 : 0));
            if (choice == ready.Count)
            {
                return false;
            }

            Step(ready[choice]);
            return true;
        }

        private IEnumerable<int> Ready()
        {
            bool fresh = false;
            for (int i = 0; i < Posters; i++)
            {
                if (_steps[i] == 1 || (_steps[i] == 0 && !fresh))
                {
                    fresh |= _steps[i] == 0;
                    yield return i;
                }
            }
        }

        private void Step(int poster)
        {
            Action step = _steps[poster]++ == 0 ? () => _queue.Add(Work) : _queue.Wake;
            step();
        }
    }

    /// <summary>Goes through all sequences of choices, one after the other.</summary>
    private sealed class Choices
    {
        private readonly List<(int Choice, int Count)> _made = [];
        private int _next;

        public int Next(int count)
        {
            if (_next == _made.Count)
            {
                _made.Add((0, count));
            }

            return _made[_next++].Choice;
        }

        public bool Advance()
        {
            _next = 0;
            while (_made.Count > 0)
            {
                (int choice, int count) = _made[^1];
                _made.RemoveAt(_made.Count - 1);
                if (choice + 1 < count)
                {
                    _made.Add((choice + 1, count));
                    return true;
                }
            }

            return false;
        }

        public override string ToString() => string.Join(' ', _made);
    }
}
