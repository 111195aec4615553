using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>Programs that people run, with their allocations, copies and writes probed at entry and return: output and exit status are as without.</summary>
public sealed class RealProgramsTests
{
    [Theory]
    [InlineData("bash", "bash", "for i in $(seq 10); do echo $((i * i)); done | sort | md5sum; exit 3")]
    [InlineData("dash", "dash", "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); x=$(echo $i); done; echo $x")]
    [InlineData("perl", "perl", "perl -e 'my %h; $h{$_ % 97} .= $_ for 1..2000; print join(q(,), map { length $h{$_} } sort keys %h), qq(\\n)'")]
    public void SmallOnesRunAsWithout(string name, string program, string script) => Compare(name, program, script);

    [Theory]
    [InlineData("python3", "python3", """
        python3 -c '
        import subprocess, threading
        results = {}
        def work(i):
            results[i] = sum(len(str(j) * 3) for j in range(500)) + int(subprocess.run(["echo", str(i)], capture_output=True).stdout)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(sorted(results.items()))'
        """)]
    [InlineData("git", "git", """
        export HOME=$PWD GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'
        git init -q r && cd r && git config user.name n && git config user.email e
        for i in 1 2 3; do echo $i > f$i && git add . && git commit -q -m $i || exit 4; done
        git log --format='%H %s' && git fsck 2>/dev/null && git gc -q && git show --stat | tail -1
        """)]
    [InlineData("gcc", "gcc", """
        echo 'int puts(const char *); int main(void) { puts("compiled"); return 5; }' > a.c
        gcc -O2 -c a.c && gcc a.o -o a && md5sum < a.o && ./a
        """)]
    [InlineData("java", "java", """
        echo 'public class Main { static int sum; public static void main(String[] a) throws Exception { Thread[] t = new Thread[4];
        for (int i = 0; i < 4; i++) { t[i] = new Thread(() -> { int s = 0; for (int j = 0; j < 200000; j++) { try { if (j % 1000 == 0) { Object o = null; o.hashCode(); } s += j % 7; } catch (NullPointerException e) { s++; } }
        synchronized (Main.class) { sum += s; } }); t[i].start(); } for (Thread x : t) x.join(); System.out.println(sum); System.exit(6); } }' > Main.java
        java -Xshare:auto Main.java
        """)]
    [InlineData("dotnet", "dotnet", """
        dotnet exec $ROOT/tests/ManagedUprobe.Tests/bin/Release/net10.0/ManagedUprobe.Tests.dll -noLogo -noColor -parallel all -namespace ManagedUprobe.Tests.Output |
            grep -o 'Total: .*Not Run: [0-9]*'
        """)]
    [InlineData("postgres", "/usr/lib/postgresql/15/bin/postgres", """
        as='setpriv --reuid=65534 --regid=65534 --clear-groups'
        chmod 711 . && mkdir d && chown 65534:65534 d && cd d && export PATH=/usr/lib/postgresql/15/bin:$PATH
        $as initdb -D data -U nobody -N >/dev/null 2>&1 || exit 7
        echo 'select sum(i * i) from generate_series(1, 1000) i' | $as postgres --single -D data postgres
        $as pg_ctl -D data -o "-c listen_addresses= -c unix_socket_directories=$PWD" -l log -w start >/dev/null || exit 8
        for i in 1 2 3; do $as psql -h "$PWD" -U nobody -Atc "select sum(i * i * $i) from generate_series(1, 1000) i" postgres; done
        $as pg_ctl -D data -m fast -w stop >/dev/null; echo "status $?"
        """)]
    [InlineData("redis", "redis-server", """
        redis-server --port 0 --unixsocket "$PWD/s" --save '' > log & server=$!
        until redis-cli -s s ping >/dev/null 2>&1; do sleep 0.05; done
        redis-benchmark -s s -c 8 -n 3000 -t set,get,incr,lpush,lrange_100 --csv | cut -d, -f1
        redis-cli -s s set k "$(seq 1000)"; redis-cli -s s get k | md5sum; redis-cli -s s dbsize
        redis-cli -s s shutdown nosave; wait $server; echo "status $?"
        """)]
    public void LargeOnesRunAsWithout(string name, string program, string script)
    {
        Assert.SkipUnless(Repeat.Long, "large");
        Compare(name, program, script);
    }

    private static void Compare(string name, string program, string script) => RealProgram.Compare(name, program, script);
}
