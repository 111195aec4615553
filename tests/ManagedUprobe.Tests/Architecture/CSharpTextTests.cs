using Xunit;

namespace ManagedUprobe.Tests.Architecture;

public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a // unsafe\nb", "a          \nb")]
    [InlineData("a /* { \n } */ b", "a      \n      b")]
    [InlineData("x = \"{\\\"}\";", "x =       ;")]
    [InlineData("x = @\"\\\"\"{\" + y;", "x =         + y;")]
    [InlineData("x = $\"{(a ? \"{\" : \"}\")} {{\";", "x =    (a ?     :    )     ;")]
    [InlineData("x = \"\"\"\n { \" }\n \"\"\" + y;", "x =    \n      \n     + y;")]
    [InlineData("x = '\\'' + '{';", "x =      +    ;")]
    [InlineData("x = \"\" + y;", "x =    + y;")]
    public void BlanksCommentsAndLiteralsAndKeepsTheLines(string text, string code) =>
        Assert.Equal(code, CSharpText.CodeOf(text));
}
