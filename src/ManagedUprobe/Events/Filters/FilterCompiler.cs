using System.Collections.Generic;

namespace ManagedUprobe.Events.Filters;

/// <summary>Turns predicates and operators, as they come, into steps with jumps: nothing is compared that cannot change the result.</summary>
/// <remarks>Each level of parentheses keeps the exits of its steps that have no target yet. No recursion: the depth is the writer's choice.</remarks>
internal sealed class FilterCompiler
{
    private readonly List<FilterPredicate> _predicates = [];
    private readonly List<int> _onTrue = [];
    private readonly List<int> _onFalse = [];
    private readonly Stack<Level> _outer = new();
    private Level _level = new(inverted: false);

    private enum Operator
    {
        None,
        And,
        Or,
    }

    /// <summary>Whether there is no predicate at all.</summary>
    public bool IsEmpty => _predicates.Count == 0;

    /// <summary>Whether the end would leave an <c>||</c> before an <c>&amp;&amp;</c> that nothing follows: the kernel cannot compile that.</summary>
    public bool HasLooseEnd => _level is { Pending: Operator.And, HasAlternatives: true };

    /// <summary>Adds a predicate.</summary>
    public void Predicate(FilterPredicate predicate, bool inverted)
    {
        Resolve();
        int step = _predicates.Count;
        _predicates.Add(predicate);
        _onTrue.Add(EventFilter.Rejected);
        _onFalse.Add(EventFilter.Rejected);
        var exits = new Exits([(step, true)], [(step, false)]);
        _level.Operand = inverted ? exits.Inverted : exits;
    }

    /// <summary>Opens a group.</summary>
    public void Open(bool inverted)
    {
        Resolve();
        _outer.Push(_level);
        _level = new Level(inverted);
    }

    /// <summary>Closes a group; it is the operand of the level outside.</summary>
    public void Close()
    {
        Exits group = _level.Result();
        bool inverted = _level.IsInverted;
        _level = _outer.Pop();
        _level.Operand = inverted ? group.Inverted : group;
    }

    /// <summary>An <c>&amp;&amp;</c> behind the operand.</summary>
    public void And() => _level.Pending = Operator.And;

    /// <summary>An <c>||</c> behind the operand.</summary>
    public void Or() => _level.Pending = Operator.Or;

    /// <summary>The steps. An operator that nothing follows counts as not written.</summary>
    public FilterStep[] Finish()
    {
        Exits exits = _level.Result();
        Patch(exits.OnTrue, EventFilter.Accepted);
        Patch(exits.OnFalse, EventFilter.Rejected);
        var steps = new FilterStep[_predicates.Count];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = new FilterStep(_predicates[i], _onTrue[i], _onFalse[i]);
        }

        return steps;
    }

    /// <summary>The next operand begins: the operator before it takes effect.</summary>
    private void Resolve()
    {
        int next = _predicates.Count;
        if (_level.Pending == Operator.And)
        {
            Patch(_level.Operand.OnTrue, next);
            _level.FailsAll.AddRange(_level.Operand.OnFalse);
        }
        else if (_level.Pending == Operator.Or)
        {
            Patch(_level.Operand.OnFalse, next);
            Patch(_level.FailsAll, next);
            _level.FailsAll.Clear();
            _level.PassesAny.AddRange(_level.Operand.OnTrue);
            _level.HasAlternatives = true;
        }

        _level.Pending = Operator.None;
    }

    private void Patch(List<(int Step, bool When)> exits, int target)
    {
        foreach ((int step, bool when) in exits)
        {
            (when ? _onTrue : _onFalse)[step] = target;
        }
    }

    /// <summary>Where steps leave an operand: with which outcome.</summary>
    private readonly record struct Exits(List<(int Step, bool When)> OnTrue, List<(int Step, bool When)> OnFalse)
    {
        public Exits Inverted => new(OnFalse, OnTrue);
    }

    /// <summary>One level of parentheses: alternatives of conjunctions.</summary>
    private sealed class Level(bool inverted)
    {
        public bool IsInverted { get; } = inverted;

        /// <summary>The operand that was read last.</summary>
        public Exits Operand { get; set; }

        /// <summary>The operator behind it, until the next operand is there.</summary>
        public Operator Pending { get; set; }

        public bool HasAlternatives { get; set; }

        /// <summary>Exits that make the whole level true: of earlier alternatives.</summary>
        public List<(int Step, bool When)> PassesAny { get; } = [];

        /// <summary>Exits that make the conjunction at hand false.</summary>
        public List<(int Step, bool When)> FailsAll { get; } = [];

        public Exits Result() => new([.. PassesAny, .. Operand.OnTrue], [.. FailsAll, .. Operand.OnFalse]);
    }
}
