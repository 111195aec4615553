using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Uprobes;

public sealed class ShadowStackTests
{
    [Theory]
    [Scenario(34)]
    [InlineData((Errno)0, true)]
    [InlineData(Errno.ENODEV, false)]
    [InlineData(Errno.EINVAL, false)]
    [InlineData(Errno.ESRCH, false)]
    public void ARegisterSetThatCanBeReadMeansThatItIsOn(Errno answer, bool isOn) => Assert.Equal(isOn, ShadowStack.IsOn(answer));
}
