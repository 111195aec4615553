namespace ManagedUprobe.Arch;

/// <summary>Where the instructions of a built slot start. The first is always at 0.</summary>
/// <param name="Length">Bytes of the slot that are in use, data included.</param>
/// <param name="Second">Offset of the second instruction, 0 when there is none.</param>
/// <param name="Third">Offset of the third instruction, 0 when there is none.</param>
internal readonly record struct SlotLayout(int Length, int Second, int Third);
