using System.Linq;
using ManagedUprobe.Command.Tracing;
using ManagedUprobe.Session.Inspecting;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>Runs muprobe explain.</summary>
internal static class ExplainRunner
{
    public static int Run(ExplainOptions options) => CommandErrors.Guard(() =>
    {
        var inspector = new ProbeInspector(options.Pid);
        foreach ((string definition, _) in DefinitionFiles.Read(options.Definitions))
        {
            inspector.Define(definition);
        }

        var explanations = inspector.ExplainAll().ToList();
        ExplainReport.Write(explanations);
        return explanations.Exists(explanation => explanation.IsRefused) ? ExitCodes.CannotTrace : ExitCodes.Success;
    });
}
