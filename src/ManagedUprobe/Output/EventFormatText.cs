using System.Globalization;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>The text of an event's format file: its fields, and how a tool may print them.</summary>
internal static class EventFormatText
{
    private const string CommonFields = """
        	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
        	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
        	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
        	field:int common_pid;	offset:4;	size:4;	signed:1;


        """;

    /// <summary>The whole text, one byte a character.</summary>
    /// <param name="probe">Any probe of the event: siblings have the same fields.</param>
    /// <param name="id">The event's number.</param>
    public static string Of(TraceUprobe probe, int id)
    {
        var text = new StringBuilder();
        _ = text.Append(CultureInfo.InvariantCulture, $"name: {probe.Event}\nID: {id}\nformat:\n").Append(CommonFields);
        AppendAddressFields(text, probe.IsReturn);
        foreach (ProbeArg arg in probe.Args)
        {
            int offset = probe.Program.FirstField + arg.Offset;
            AppendField(text, $"{Declaration(arg)};", offset, arg.Size, IsSigned(arg.Type));
        }

        _ = text.Append("\nprint fmt: ");
        AppendPrintFormat(text, probe);
        return text.Append('\n').ToString();
    }

    private static void AppendAddressFields(StringBuilder text, bool isReturn)
    {
        if (isReturn)
        {
            AppendField(text, "unsigned long __probe_func;", FetchProgram.CommonSize, sizeof(ulong), isSigned: false);
            AppendField(text, "unsigned long __probe_ret_ip;", FetchProgram.CommonSize + sizeof(ulong), sizeof(ulong), isSigned: false);
        }
        else
        {
            AppendField(text, "unsigned long __probe_ip;", FetchProgram.CommonSize, sizeof(ulong), isSigned: false);
        }
    }

    private static void AppendField(StringBuilder text, string declaration, int offset, int size, bool isSigned) =>
        _ = text.Append(
            CultureInfo.InvariantCulture, $"\tfield:{declaration}\toffset:{offset};\tsize:{size};\tsigned:{(isSigned ? 1 : 0)};\n");

    private static string Declaration(ProbeArg arg)
    {
        if (arg.Type.IsString)
        {
            string count = arg.ArrayCount == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{arg.ArrayCount}]");
            return $"__data_loc char[]{count} {arg.Name}";
        }

        string prefix = arg.Type.Format == FetchFormat.Signed ? "s" : "u";
        string brackets = arg.ArrayCount == 0 ? "" : "[]";
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}{arg.Type.Size * 8} {arg.Name}{brackets}");
    }

    private static bool IsSigned(FetchType type) => type.Format is FetchFormat.Signed or FetchFormat.String;

    private static void AppendPrintFormat(StringBuilder text, TraceUprobe probe)
    {
        _ = text.Append(probe.IsReturn ? "\"(%lx <- %lx)" : "\"(%lx)");
        foreach (ProbeArg arg in probe.Args)
        {
            string element = Element(arg.Type);
            string value = arg.ArrayCount == 0 ? element : "{" + string.Join(',', Enumerable.Repeat(element, arg.ArrayCount)) + "}";
            _ = text.Append(' ').Append(arg.Name).Append('=').Append(value);
        }

        _ = text.Append(probe.IsReturn ? "\", REC->__probe_func, REC->__probe_ret_ip" : "\", REC->__probe_ip");
        foreach (ProbeArg arg in probe.Args)
        {
            AppendReferences(text, arg);
        }
    }

    private static void AppendReferences(StringBuilder text, ProbeArg arg)
    {
        for (int i = 0; i < arg.ElementCount; i++)
        {
            string name = arg.ArrayCount == 0 ? arg.Name : string.Create(CultureInfo.InvariantCulture, $"{arg.Name}[{i}]");
            _ = text.Append(arg.Type.IsString ? $", __get_str({name})" : $", REC->{name}");
        }
    }

    private static string Element(FetchType type) => type.Format switch
    {
        FetchFormat.Unsigned => type.Size == 8 ? "%Lu" : "%u",
        FetchFormat.Signed => type.Size == 8 ? "%Ld" : "%d",
        FetchFormat.Hex => type.Size == 8 ? "0x%Lx" : "0x%x",
        FetchFormat.Char => "'%c'",
        _ => "\\\"%s\\\"",
    };
}
