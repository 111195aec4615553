using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ManagedUprobe.Primitives;

/// <summary>Assertions that stay on in release builds: a broken one is a bug of this library.</summary>
internal static class Invariant
{
    /// <summary>Throws <see cref="TracerBugException"/> unless <paramref name="condition"/> holds.</summary>
    public static void Require(
        [DoesNotReturnIf(false)] bool condition,
        string what,
        [CallerMemberName] string where = "")
    {
        if (!condition)
        {
            throw new TracerBugException($"{where}: {what}");
        }
    }
}
