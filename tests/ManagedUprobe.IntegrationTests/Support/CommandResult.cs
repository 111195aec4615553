using System.Text;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>What a finished program left; the status of one that a signal killed is 128 + the signal.</summary>
internal sealed record CommandResult(int ExitStatus, byte[] OutputBytes, byte[] ErrorBytes)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string Errors => Encoding.UTF8.GetString(ErrorBytes);

    /// <summary>The number behind <paramref name="name"/> in a fixture's output.</summary>
    public long Number(string name)
    {
        foreach (string line in Output.Split('\n'))
        {
            if (line.StartsWith(name + " ", System.StringComparison.Ordinal))
            {
                return long.Parse(line[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        throw new System.InvalidOperationException($"No line '{name} N' in: {this}");
    }

    public override string ToString()
    {
        return $"status {ExitStatus}\n--- output\n{Output}\n--- errors\n{Errors}";
    }
}
