using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;

namespace ManagedUprobe.Bench;

/// <summary>The rows as JSON: {"rows":[{"name":…,"ns":…,"of":…,"ratio":…}]}; a row without a figure has a note that says why.</summary>
internal static class JsonReport
{
    public static byte[] Of(IReadOnlyList<RowResult> results)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("rows");
            foreach (RowResult result in results)
            {
                Write(json, results, result);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<RowResult> results, RowResult result)
    {
        json.WriteStartObject();
        json.WriteString("name", result.Row.Name);
        if (result.Median is { } median)
        {
            json.WriteNumber(result.Row.Unit == BenchUnit.Bytes ? "bytes" : "ns", Math.Round(median, 2));
        }

        if (ResultTable.Ratio(results, result) is { } ratio)
        {
            json.WriteString("of", result.Row.Of);
            json.WriteNumber("ratio", Math.Round(ratio, 4));
        }

        if (result.Note is { } note)
        {
            json.WriteString("note", note);
        }

        json.WriteEndObject();
    }
}
