using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Xunit.v3;

namespace ManagedUprobe.Tests.Shared;

/// <summary>The rows of <c>src/SCENARIOS.md</c> that a test holds up. <c>scripts/scenarios</c> runs the tests by them.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class ScenarioAttribute(params int[] numbers) : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() =>
        [.. numbers.Select(number => KeyValuePair.Create("scenario", number.ToString(CultureInfo.InvariantCulture)))];
}
