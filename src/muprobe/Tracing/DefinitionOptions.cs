using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace ManagedUprobe.Command.Tracing;

/// <summary>-e and -f.</summary>
internal sealed class DefinitionOptions
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

    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_events);
        command.Options.Add(_files);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_events) is null && result.GetResult(_files) is null)
            {
                result.AddError("no probe: say which with -e DEF or -f FILE");
            }
        });
    }

    /// <summary>All definitions in the order given.</summary>
    public IReadOnlyList<DefinitionSource> Read(ParseResult result)
    {
        // The values of each option are kept apart: only the tokens know the order among both.
        IReadOnlyList<Token> tokens = result.Tokens;
        var definitions = new List<DefinitionSource>();
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            bool isEvent = Names(_events, tokens[i]);
            if (isEvent || Names(_files, tokens[i]))
            {
                definitions.Add(new(isEvent ? DefinitionKind.Event : DefinitionKind.File, tokens[++i].Value));
            }
        }

        return definitions;
    }

    private static bool Names(Option option, Token token) =>
        token.Type == TokenType.Option && (token.Value == option.Name || option.Aliases.Contains(token.Value));
}
