using System.Collections.Generic;

namespace ManagedUprobe.Events;

/// <summary>Building the steps of one argument.</summary>
internal static class FetchCode
{
    /// <summary>Ends the steps with the store that the type wants: the outermost dereference becomes a part of it.</summary>
    public static void AddStore(this List<FetchInsn> code, int argument, FetchType type, int count)
    {
        FetchInsn last = code[^1];
        bool fromMemory = last.Op == FetchOp.Dereference;
        if (fromMemory)
        {
            code.RemoveAt(code.Count - 1);
        }

        FetchOp store = type.IsString ? (count > 0 ? FetchOp.StoreStringArray : FetchOp.StoreString)
            : fromMemory ? FetchOp.StoreMemory
            : FetchOp.StoreValue;
        code.Add(new FetchInsn(store, argument, fromMemory ? last.Offset : 0));
    }
}
