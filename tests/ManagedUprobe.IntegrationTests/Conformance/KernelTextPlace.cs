namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Where the kernel noted that a text is: its __data_loc.</summary>
/// <param name="Offset">Offset in the room of the record's texts.</param>
/// <param name="Length">Length with its NUL; 0 when there is none.</param>
internal readonly record struct KernelTextPlace(int Offset, int Length);
