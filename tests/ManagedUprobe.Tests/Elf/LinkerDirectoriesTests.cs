using ManagedUprobe.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class LinkerDirectoriesTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("/a:/b", "/a|/b")]
    [InlineData("/a;/b", "/a|/b")]
    [InlineData("/a:", "/a|.")]
    [InlineData(":/a", ".|/a")]
    [InlineData("$ORIGIN/../lib", "/opt/app/../lib")]
    [InlineData("${ORIGIN}x", "/opt/appx")]
    [InlineData("$ORIGINAL/x", "$ORIGINAL/x")]
    [InlineData("$ORIGINAL/$ORIGIN", "$ORIGINAL//opt/app")]
    [InlineData("/usr/$LIB", "/usr/lib/x86_64-linux-gnu|/usr/lib64")]
    [InlineData("/usr/${LIB}/$PLATFORM", "/usr/lib/x86_64-linux-gnu/x86_64|/usr/lib64/x86_64")]
    [InlineData("$NOTHING", "$NOTHING")]
    public void SplitsAndExpands(string? list, string expected) =>
        Assert.Equal(expected, string.Join('|', LinkerDirectories.Split(list, "/opt/app", ":;")));

    [Fact]
    public void LeavesOutWhatNeedsAnOriginThatIsNotKnown() =>
        Assert.Equal(["/a"], LinkerDirectories.Split("$ORIGIN/lib:/a", null, ":"));
}
