using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>What the kernel shows of the texts of one hit when some of them cannot be read.</summary>
/// <remarks>
/// The kernel measures first and stores then. For a text that cannot be read to its end, and for an array one of whose pointers cannot be read, it
/// reserves no room, but stores what fits into the room of the others, for which what is left has to do. Behind a pointer that cannot be read it notes
/// all of the room that is left as the text's, in which later ones are stored. Which of a pointer and its text could not be read
/// does not always show: the kernel's line is explained if one of the possible cases gives it.
/// </remarks>
internal sealed class KernelTexts(IReadOnlyList<KernelTextValue> values)
{
    /// <summary>Values that a pointer stopped: what they show is known at the end, for later ones are stored over them.</summary>
    private readonly Stack<(KernelTextValue Value, List<KernelTextPlace> Places)> _stopped = new();

    /// <summary>Whether the kernel's texts follow from ours.</summary>
    public bool Explain() => Sizes().Any(size => ExplainFrom(0, new KernelTextRoom(size), end: 0, reserved: 0));

    // All rooms that may have been reserved: arrays that a pointer stops have none.
    private HashSet<int> Sizes()
    {
        HashSet<int> sizes = [0];
        foreach (KernelTextValue value in values)
        {
            sizes = [.. sizes.Select(size => size + value.Room), .. value.Stops().Any() ? sizes : []];
        }

        return sizes;
    }

    private bool ExplainFrom(int index, KernelTextRoom room, int end, int reserved)
    {
        if (index == values.Count)
        {
            return reserved == room.Size && _stopped.All(each => each.Value.IsShown(room, each.Places));
        }

        if (reserved > room.Size)
        {
            return false;
        }

        KernelTextValue value = values[index];
        return value.Stops().Any(stop => ExplainStop(index, room.Copy(), end, stop, reserved)) || ExplainValue(index, room.Copy(), end, start: -1, reserved)
            || (room.Left(end) > 0 && value.Starts().Any(start => ExplainValue(index, room.Copy(), end, start, reserved)));
    }

    private bool ExplainStop(int index, KernelTextRoom room, int end, int stop, int reserved)
    {
        List<KernelTextPlace> places = Fill(room, end, values[index], stop, start: -1);
        int offset = places.Aggregate(end, (at, place) => at + place.Length);
        places.Add(new KernelTextPlace(offset, room.Left(offset)));
        _stopped.Push((values[index], places));
        bool explains = ExplainFrom(index + 1, room, end, reserved);
        _ = _stopped.Pop();
        return explains;
    }

    // The text of which a start is shown takes all that is left.
    private bool ExplainValue(int index, KernelTextRoom room, int end, int start, int reserved)
    {
        KernelTextValue value = values[index];
        List<KernelTextPlace> places = Fill(room, end, value, value.Texts.Count, start);
        return value.IsShown(room, places) && ExplainFrom(index + 1, room, end + places.Sum(place => place.Length), reserved + value.Room);
    }

    private static List<KernelTextPlace> Fill(KernelTextRoom room, int end, KernelTextValue value, int count, int start)
    {
        var places = new List<KernelTextPlace>();
        for (int element = 0; element < count; element++)
        {
            int length = Store(room, end, value, element, isStart: element == start);
            places.Add(new KernelTextPlace(end, length));
            end += length;
        }

        return places;
    }

    private static int Store(KernelTextRoom room, int offset, KernelTextValue value, int element, bool isStart)
    {
        if (room.Left(offset) == 0)
        {
            return 0;
        }

        if (isStart)
        {
            return room.StoreStart(offset);
        }

        // The name of the thread is not cut: one that is too long is refused.
        if (value.Texts[element] is { } text && (!value.IsComm || text.Length < room.Left(offset)))
        {
            return room.Store(offset, text);
        }

        room.Spoil(offset);
        return 0;
    }
}
