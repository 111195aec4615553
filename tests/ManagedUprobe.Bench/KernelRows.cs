using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.Bench;

/// <summary>The kernel's own probes on a copy of the target, recorded in a tracing instance of this run alone; the time is the target's.</summary>
internal static class KernelRows
{
    private const long Hits = 200_000;
    private const long Oopsed = 1 << 7;

    // KIND HITS COPY CPU-COMMAND... with p or r in TYPE: prints the target's `ns N` and `hits N`. Leaves nothing behind.
    private const string Script = """
        set -eu
        type=$1 offset=$2 kind=$3 hits=$4 copy=$5
        shift 5
        root=$(mktemp -d) group=bench_$$
        mount -t tracefs none "$root"
        finish() {
            if [ -d "$root/instances/$group" ]; then
                echo 0 > "$root/instances/$group/events/$group/hit/enable" || :
                rmdir "$root/instances/$group"
            fi
            echo "-:$group/hit" >> "$root/uprobe_events" || :
            umount "$root"
            rmdir "$root"
        }
        trap finish EXIT
        echo "$type:$group/hit $copy:$offset" >> "$root/uprobe_events"
        mkdir "$root/instances/$group"
        echo 1 > "$root/instances/$group/events/$group/hit/enable"
        "$@" "$copy" "$kind" "$hits"
        awk -v copy="$copy" '$1 == copy { print "hits", $3 }' "$root/uprobe_profile"
        """;

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        yield return new("kernel.uprobe.emulated", "the kernel's uprobe on push", null, () => Measure(place, 'p', "push"));
        yield return new("kernel.uprobe.stepped", "the kernel's uprobe on sub", "muprobe.trap", () => Measure(place, 'p', "sub"));
        yield return new("kernel.uretprobe", "the kernel's return probe on push", null, () => Measure(place, 'r', "push"));
    }

    private static double Measure(Workplace place, char type, string kind)
    {
        if ((long.Parse(File.ReadAllText("/proc/sys/kernel/tainted"), CultureInfo.InvariantCulture) & Oopsed) != 0)
        {
            throw new NotMeasurableException("the kernel has oopsed: its probes are not to be touched");
        }

        string copy = place.Scratch("bench_kernel");
        if (!File.Exists(copy))
        {
            File.Copy(place.Fixture("bench_target"), copy);
        }

        JobResult result = Run(
            "unshare", "--mount", "sh", "-c", Script, "sh", type.ToString(), Hex(place.AddressOf(copy, $"bench_{kind}")), kind, Text(Hits), copy);
        return result.NumberAfter("hits") == Hits
            ? result.NumberAfter("ns") / Hits
            : throw new WrongOutputException($"{result.NumberAfter("hits")} hits, not {Hits}");
    }

    private static JobResult Run(params string[] command)
    {
        try
        {
            return Job.Run([.. command, .. Confinement.OneCpu([])]);
        }
        catch (WrongOutputException error)
        {
            throw new NotMeasurableException($"no uprobe events of the kernel here: root and tracefs are needed ({error.Message.Split(": ")[^1]})");
        }
    }

    private static string Hex(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
