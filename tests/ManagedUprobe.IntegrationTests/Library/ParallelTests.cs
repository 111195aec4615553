using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>What a user's tests look like; each derived class is a collection of its own, which xunit runs beside the others.</summary>
public abstract class ParallelTests
{
    [Fact]
    public async Task EachCallIsSeenWithItsArguments()
    {
        foreach (int run in Repeat.Runs(50, 500))
        {
            int calls = 10 + (run % 7);
            await using var target = new TracedFixture("calls", calls);
            var arguments = new List<int>();
            var results = new List<int>();
            using UprobeRegistration probe = target.Register("f1", new CallbackConsumer
            {
                OnHit = CallbackConsumer.Keep(context => arguments.Add((int)context.Registers.rdi)),
                OnReturn = context => results.Add((int)context.Registers.rax),
            });
            await target.AssertUnharmedAsync($"{calls}");
            Assert.Equal(Enumerable.Range(0, calls), arguments);
            Assert.Equal(Enumerable.Range(0, calls).Select(argument => (argument * 3) + 1), results);
        }
    }
}
