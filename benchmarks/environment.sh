# What run.sh and server.sh share: which code and JDK are measured, on what. Sourced at the root of the repository, with
# $command, the words the run was started with, and java on the PATH.
#
# shellcheck shell=bash

jdk=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
commit=$(git rev-parse --short HEAD)
changed=$(git status --porcelain -- . ':!benchmarks/results')

# runDirectory KIND: where this run is kept; KIND ends in a dash, or is empty.
runDirectory() {
    echo "${RESULTS:-benchmarks/results}/$(date -u +%Y-%m-%d)-$commit${changed:+-changed}-${1}jdk$jdk"
}

# usePinned: with CPUS set, pin is what keeps a JVM to those processors; it is told that it has all, so that it chooses as it would.
usePinned() {
    pin=()
    if [[ -n "${CPUS:-}" ]]; then
        pin=(taskset -c "$CPUS")
        export JDK_JAVA_OPTIONS="-XX:ActiveProcessorCount=$(getconf _NPROCESSORS_ONLN) -XX:+UseG1GC"
    fi
}

cpu() {
    sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -1 | grep . ||
        lscpu 2>/dev/null | sed -n 's/^Model name: *//p' | grep . ||
        sysctl -n machdep.cpu.brand_string 2>/dev/null || echo unknown
}

memory() {
    awk '/^MemTotal/ { printf "%.1f GiB\n", $2 / 1048576 }' /proc/meminfo 2>/dev/null || echo unknown
}

load() {
    uptime | sed 's/.*load average[s]*: //'
}

# No host name and no absolute path: this is committed.
describe() {
    echo "command: $command"
    echo "date: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "commit: $(git rev-parse HEAD)${changed:+ with uncommitted changes}"
    echo "cpu: $(cpu)"
    echo "cores: $(getconf _NPROCESSORS_ONLN)"
    echo "memory: $(memory)"
    echo "system: $(uname -sm)"
    echo "load before: $(load)"
    java -version 2>&1 | sed 's/^/jdk: /'
}
