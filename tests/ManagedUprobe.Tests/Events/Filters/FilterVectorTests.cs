using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Architecture;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Events.Filters;

/// <summary>What the live kernel said of filters: what a write gives, what the file shows then, whether the fixture's record passes.</summary>
public sealed class FilterVectorTests
{
    private static readonly string s_vectors = "filter-vectors.tsv";

    // Recorded like the vectors, with some more arguments; also what error_log had: caret and message.
    private static readonly string s_answers = Path.Combine(Repository.Root, "tests/Data/filter-answers.tsv");

    public static TheoryData<int, string> Vectors => VectorFile.Rows(s_vectors);

    public static TheoryData<int, string> Answers => VectorFile.Rows(s_answers);

    [Theory]
    [Trait("suite", "vectors")]
    [MemberData(nameof(Vectors))]
    public void FiltersAsTheVectorsSay(int number, string id)
    {
        Dictionary<string, string> row = Row(s_vectors, number, id);
        _ = Check(row, RecordedHit.Definition);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void FiltersAsTheKernelSaid(int number, string id)
    {
        Dictionary<string, string> row = Row(s_answers, number, id);
        UprobeException? error = Check(row, RecordedHit.Definition + RecordedHit.More);
        string log = error == null ? "-" : error.Position < 0 ? "0 Error"
            : string.Create(CultureInfo.InvariantCulture, $"{error.Position} {error.Message}");
        Assert.Equal(row["log"], log);
    }

    private static Dictionary<string, string> Row(string file, int number, string id)
    {
        Dictionary<string, string> row = VectorFile.Read(file)[number];
        Assert.Equal(id, row["id"]);
        return row;
    }

    private static UprobeException? Check(Dictionary<string, string> row, string definition)
    {
        var file = new FilterFile();
        var error = Record.Exception(() => file.Write(row["filter"], RecordedHit.Fields(definition))) as UprobeException;
        Assert.Equal((row["errno"], row["read_back"]), (error?.Errno.ToString() ?? "OK", file.Text));
        string hits = error != null ? "-" : file.Filter == null || RecordedHit.Passes(file.Filter, definition) ? "1" : "0";
        Assert.Equal(row["hit"], hits);
        return error;
    }
}
