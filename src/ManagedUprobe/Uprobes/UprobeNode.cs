using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>A probed place with its consumers (the kernel's struct uprobe): one for each (file, offset), whatever the number of registrations.</summary>
internal sealed class UprobeNode
{
    private UprobeRegistration[] _consumers = [];
    private UprobeNode[] _returnSiteOf = [];

    public UprobeNode(FileIdentity file, ulong offset, ArchUprobe insn)
    {
        File = file;
        Offset = offset;
        Insn = insn;
    }

    /// <summary>Identity of the file as stat gives it.</summary>
    public FileIdentity File { get; }

    /// <summary>File offset.</summary>
    public ulong Offset { get; }

    /// <summary>File offset of the reference counter, 0 without one: what the first consumer says, all say.</summary>
    public ulong RefCtrOffset { get; set; }

    /// <summary>The displaced instruction, from the file.</summary>
    public ArchUprobe Insn { get; }

    /// <summary>Whether no thread ever stands right behind the instruction: it leaves for elsewhere, and what follows is padding.</summary>
    public bool IsLast { get; init; }

    /// <summary>Consumers in the order in which they are called: the last registered first. Never changed in place.</summary>
    public ReadOnlySpan<UprobeRegistration> Consumers => _consumers;

    /// <summary>How returns of the function that begins here are caught; null while no consumer wants them.</summary>
    public ReturnPlan? Returns { get; set; }

    /// <summary>The functions whose return instruction this is. Never changed in place.</summary>
    public ReadOnlySpan<UprobeNode> ReturnSiteOf => _returnSiteOf;

    /// <summary>Whether returns of probed functions are caught here.</summary>
    public bool IsReturnSite => _returnSiteOf.Length > 0;

    /// <summary>Whether nobody has anything to do here.</summary>
    public bool IsUnused => _consumers.Length == 0 && !IsReturnSite;

    /// <summary>Whether any consumer wants returns.</summary>
    public bool WantsReturns => Array.Exists(_consumers, consumer => consumer.HasReturnHandler);

    /// <summary>Whether this is a return instruction of a function (or its only instruction).</summary>
    public bool ReturnsFrom(UprobeNode function) => function == this || Array.IndexOf(_returnSiteOf, function) >= 0;

    /// <summary>Makes this a return site of a function.</summary>
    public void AddReturnSiteOf(UprobeNode function) => _returnSiteOf = [.. _returnSiteOf, function];

    /// <summary>Makes it none any more.</summary>
    public void RemoveReturnSiteOf(UprobeNode function) => _returnSiteOf = Array.FindAll(_returnSiteOf, other => other != function);

    /// <summary>Adds a consumer in front.</summary>
    public void Add(UprobeRegistration registration) => _consumers = [registration, .. _consumers];

    /// <summary>Takes a consumer out.</summary>
    public void Remove(UprobeRegistration registration) =>
        _consumers = Array.FindAll(_consumers, other => other != registration);

    /// <summary>filter_chain: whether any consumer, here or of the functions that return here, is interested in the address space of <paramref name="processId"/>.</summary>
    public bool Wants(int processId)
    {
        foreach (UprobeRegistration registration in _consumers)
        {
            if (registration.Consumer.Filter(processId))
            {
                return true;
            }
        }

        foreach (UprobeNode function in _returnSiteOf)
        {
            if (function != this && function.Wants(processId))
            {
                return true;
            }
        }

        return false;
    }
}
