using System.Buffers.Binary;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Tests.Support;

namespace ManagedUprobe.Tests.Events.Filters;

/// <summary>The event of the filter vectors and the one hit that they judge.</summary>
internal static class RecordedHit
{
    public const string Definition =
        "p:kuv/a /x:0x1000 u8=+0(%di):u8 s8=+1(%di):s8 u64=+16(%di):u64 s64=+24(%di):s64 s=+0(+32(%di)):string arr=+56(%di):u32[4] "
        + "ch=+48(%di):char cs=+48(%di):char[8] sa=+72(%di):string[2] cm=$comm comm=\\7 bf=+0(%di):b4@0/8 s16=+4(%di):s16";

    /// <summary>Arguments that the vectors do not have.</summary>
    public const string More = " a2=+56(%di):u32[2] ns=+0(%di):s8[2] bad=+0(+40(%di)):string s3=+104(%di):string";

    /// <summary>Any number but 0 can be the event's.</summary>
    private const ushort Type = 2328;

    public static FilterFields Fields(string definition) => FilterFields.Of(Hit.Define(definition));

    /// <summary>Whether a filter lets the hit pass.</summary>
    public static bool Passes(EventFilter filter, string definition = Definition, string comm = "fx", int cpu = 0)
    {
        var hit = new Hit(definition) { Comm = comm };
        hit.Regs.rdi = FixtureRecord.Vaddr;
        FixtureRecord.Map(hit.Memory);
        byte[] body = new TraceRecord(hit.Record()).Body.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(body, Type);
        return filter.Matches(new FilterInput(body, cpu, Encoding.Latin1.GetBytes(comm)));
    }
}
