namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>An entry of the kernel's error_log.</summary>
internal sealed record KernelError(decimal Time, string Message, string Command, int Caret);
