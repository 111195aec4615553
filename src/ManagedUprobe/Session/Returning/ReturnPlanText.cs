using System.Globalization;
using System.Linq;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session.Returning;

/// <summary>A plan in words.</summary>
internal static class ReturnPlanText
{
    /// <summary>How returns are caught, and why not at return instructions.</summary>
    public static string Describe(ReturnPlan plan) => plan switch
    {
        { UsesSites: true, Offsets: [] } => "sites: the function never returns",
        { UsesSites: true } => $"sites: {string.Join(", ", plan.Offsets.Select(Hex))}",
        { StacksMove: true } => $"refused: a Go program moves its stacks, a replaced return address would end it{(plan.Reason is null ? "" : $"; at its return instructions: {plan.Reason}")}",
        { Reason: { } reason } => $"hijack: {reason}",
        _ => "hijack",
    };

    private static string Hex(ulong offset) => string.Create(CultureInfo.InvariantCulture, $"0x{offset:x}");
}
