using System.Linq;
using Xunit;

namespace ManagedUprobe.Tests.Architecture;

public sealed class FunctionSizesTests
{
    [Fact]
    public void CountsFromTheSignatureToTheClosingBraceAndKnowsWhatIsNoFunction()
    {
        const string Text = """
            internal sealed class C(int a) : B(a)
            {
                private static readonly int[] s_table = new int[3] { 1, 2, 3 };

                public C()
                    : base(1)
                {
                }

                public static T Get<T>(
                    int b,
                    string c = "{")
                    where T : new()
                {
                    for (int i = 0; i < b; i++)
                    {
                        if (i > 2)
                        {
                            Local(i);
                        }
                    }

                    void Local(int d)
                    {
                    }
                }

                public int P { get; set; }

                public int Short() => 3;
            }
            """;
        Assert.Equal(["C 5 4", "Local 23 3", "Get 10 17"], FunctionSizes.Of(Text).Select(f => $"{f.Name} {f.Line} {f.Lines}"));
    }
}
