using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>A probed place with its consumers (the kernel's struct uprobe): one for each (file, offset), whatever the number of registrations.</summary>
internal sealed class UprobeNode
{
    private UprobeRegistration[] _consumers = [];

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

    /// <summary>The displaced instruction, from the file.</summary>
    public ArchUprobe Insn { get; }

    /// <summary>Consumers in the order in which they are called: the last registered first. Never changed in place.</summary>
    public ReadOnlySpan<UprobeRegistration> Consumers => _consumers;

    /// <summary>Adds a consumer in front.</summary>
    public void Add(UprobeRegistration registration) => _consumers = [registration, .. _consumers];

    /// <summary>Takes a consumer out.</summary>
    public void Remove(UprobeRegistration registration) =>
        _consumers = Array.FindAll(_consumers, other => other != registration);

    /// <summary>filter_chain: whether any consumer is interested in the address space of <paramref name="processId"/>.</summary>
    public bool Wants(int processId)
    {
        foreach (UprobeRegistration registration in _consumers)
        {
            if (registration.Consumer.Filter(processId))
            {
                return true;
            }
        }

        return false;
    }
}
