using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>Programs that crash under probes die of the same signal as without, and leave a core, or none, as without.</summary>
public sealed class CrashingProgramsTests
{
    // Prints how its command has ended, and whether a core is there.
    private const string Wrapper = """
        cat > end.py <<'END'
        import os, resource, sys
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0 if sys.argv[1] == "none" else hard, hard))
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        status = os.waitpid(os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:]), 0)[1]
        print("died", os.WIFSIGNALED(status), os.WTERMSIG(status), "exit", os.WEXITSTATUS(status), "dumped", os.WCOREDUMP(status),
              "core", sum(name.startswith("core") for name in os.listdir(".")), flush=True)
        END
        end() { python3 end.py "$@"; rm -f core*; }

        """;

    [Theory]
    [InlineData("bash", "bash", "end core bash -c 'echo $((6 * 7)); kill -SEGV $$'")]
    [InlineData("dash", "dash", "end core dash -c 'x=$(echo 1); kill -QUIT $$'")]
    [InlineData("without", "dash", "end none dash -c 'x=$(echo 1); kill -QUIT $$'")]
    [InlineData("perl", "perl", "end core perl -e 'my @a = map { $_ x 9 } 1..99; kill ABRT => $$'")]
    [InlineData("python3", "python3", """
        end core python3 -c 'import ctypes; print(1, flush=True); ctypes.string_at(0)'
        end core python3 -c 'import os; os.abort()'
        end core python3 -X faulthandler -c 'import ctypes; ctypes.string_at(0)'
        """)]
    public void SmallOnesDieAsWithout(string name, string program, string script) => Compare(name, program, script);

    [Theory]
    [InlineData("git", "git", "git init -q .; end core git -c alias.x='!kill -SEGV $$' x; end core git -c alias.x='!kill -SEGV $PPID' x")]
    [InlineData("gcc", "gcc", """
        printf '%s\n' '#include <stdlib.h>' 'int main(int n, char **v) { char *volatile p = malloc(9); free(p); if (n > 2) free(p); return *(volatile char *)(n < 2 ? 0 : p); }' > a.c
        gcc -w -g a.c -o a && end core ./a && end core ./a 1 2
        printf '%s\n' '#include <stdexcept>' 'int main() { throw std::runtime_error("x"); }' > b.cc
        g++ b.cc -o b && end core ./b
        """)]
    [InlineData("java", "java", """
        echo 'public class Main { public static void main(String[] a) throws Exception { var f = sun.misc.Unsafe.class.getDeclaredField("theUnsafe"); f.setAccessible(true);
        System.out.println(1); ((sun.misc.Unsafe) f.get(null)).putAddress(0, 0); } }' > Main.java
        javac -nowarn Main.java 2>/dev/null
        end core java -Xmx64m -XX:ErrorFile=error Main > out; tail -1 out; ls error
        """)]
    [InlineData("dotnet", "dotnet", """
        bench=$ROOT/tests/ManagedUprobe.Bench/bin/Release/net10.0/ManagedUprobe.Bench
        mkdir alone && cp $bench.dll $bench.runtimeconfig.json alone
        end core dotnet exec alone/ManagedUprobe.Bench.dll
        """)]
    [InlineData("redis", "redis-server", """
        # Its own test of memory, after the crash, runs over what the kernel keeps in a thread's memory: it dies of that at times, traced or not.
        (until redis-cli -s s ping >/dev/null 2>&1; do sleep 0.05; done; redis-cli -s s debug segfault >/dev/null 2>&1) &
        end core redis-server --port 0 --unixsocket s --save '' --enable-debug-command yes --crash-memcheck-enabled no | tail -1
        """)]
    public void LargeOnesDieAsWithout(string name, string program, string script)
    {
        Assert.SkipUnless(Repeat.Long, "large");
        Compare(name, program, script);
    }

    private static void Compare(string name, string program, string script)
    {
        CommandResult alone = RealProgram.Compare(name, program, Wrapper + script);
        Assert.Contains(name == "without" ? "dumped False core 0" : "died True", alone.Output);
    }
}
