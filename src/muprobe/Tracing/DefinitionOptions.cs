using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace ManagedUprobe.Command.Tracing;

/// <summary>-e and -f, and where hits are recorded --filter.</summary>
/// <param name="withFilters">Whether there is --filter.</param>
internal sealed class DefinitionOptions(bool withFilters)
{
    private readonly Option<string[]> _events = new("-e", "--event")
    {
        Description = "a probe, as a line of uprobe_events or with a symbol: 'p:alloc libc.so.6:malloc size=%di' (repeatable)",
        HelpName = "DEF",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _files = new("-f", "--file")
    {
        Description = "a file of probes, one a line, - for standard input (repeatable; the order among -e and -f counts)",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _filters = new("--filter")
    {
        Description = "record (or count) only hits for which this holds, for the probes given so far that have no filter yet; "
            + "the language of the kernel's filter files: 'size > 100 && name ~ \"*.so\" || common_pid == 42' (repeatable)",
        HelpName = "EXPR",
        Arity = ArgumentArity.OneOrMore,
    };

    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_events);
        command.Options.Add(_files);
        if (withFilters)
        {
            command.Options.Add(_filters);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_events) is null && result.GetResult(_files) is null)
            {
                result.AddError("no probe: say which with -e DEF or -f FILE");
            }
        });
    }

    /// <summary>All definitions and filters in the order given.</summary>
    public IReadOnlyList<DefinitionSource> Read(ParseResult result)
    {
        // The values of each option are kept apart: only the tokens know the order among them.
        IReadOnlyList<Token> tokens = result.Tokens;
        var definitions = new List<DefinitionSource>();
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (KindOf(tokens[i]) is { } kind)
            {
                definitions.Add(new DefinitionSource(kind, tokens[++i].Value));
            }
        }

        return definitions;
    }

    private DefinitionKind? KindOf(Token token) =>
        Names(_events, token) ? DefinitionKind.Event
        : Names(_files, token) ? DefinitionKind.File
        : Names(_filters, token) ? DefinitionKind.Filter
        : null;

    private static bool Names(Option option, Token token) =>
        token.Type == TokenType.Option && (token.Value == option.Name || option.Aliases.Contains(token.Value));
}
