#!/usr/bin/env bash
# Runs benchmarks and keeps what they said: raw JSON, the environment, and a table.
#
#   benchmarks/run.sh first                   allocate-release only, 256 B to 1 MiB, one fork: a first look
#   benchmarks/run.sh look [JMH OPTION...]    every question about buffers, briefly, one fork each: about 17 minutes
#   benchmarks/run.sh publish [JMH OPTION...] what the tables of the README show: FORKS rounds of a fork for each case
#   benchmarks/run.sh full                    every question about buffers, two forks each
#   benchmarks/run.sh pool [JMH OPTION...]    the pool next to other pools, and Go's where there is go
#   benchmarks/run.sh bridge [JMH OPTION...]  the reactor-bridge next to Reactor, Reactor Netty, Spring and Netty: about 14 minutes
#   benchmarks/run.sh scaling [JMH OPTION...] 1 to 64 threads, event loops and others; 1 to 64 slots to search
#   benchmarks/run.sh all                     look, pool, scaling and bridge: about 50 minutes
#   benchmarks/run.sh REGEX [JMH OPTION...]   what matches, as the classes say or as the options say
#
# JAVA_HOME     the JDK to build with and to measure; without it, java from PATH
# SKIP_BUILD=1  measure the jar that is there
# GO_OPTIONS    of "pool": more options for go test, as "-count 1 -benchtime 10ms"
# CPUS=LIST     the processors for questions of one thread, as 0 or 0-3, where others are not as quiet: Linux, with taskset;
#               the JVM is told that it has all, so that it chooses as it would. Questions of more threads have all of them
# FORKS=N       of "publish": how many rounds, about 13 minutes each; 3 without it
# ROUND=N       of a run of the same day, commit and JDK, the N-th that asks the same, where forks differ by much: what it measures is kept
#               beside the others', and reports take all as one
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
set -euo pipefail

if (($# == 0)); then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="${FORKS:+FORKS=$FORKS }${ROUND:+ROUND=$ROUND }${CPUS:+CPUS=$CPUS }benchmarks/run.sh $*"
cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"

jar=benchmarks/target/forebay-benchmarks.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl benchmarks -am package -DskipTests

source benchmarks/environment.sh
run=$(runDirectory "")
mkdir -p "$run"

failed=()
usePinned

# measure QUESTION PATTERNS-AND-OPTIONS...: one JMH run, one JSON file.
# "-jvm java" keeps the path of the JDK out of the JSON; java is the JDK chosen above.
measure() {
    local question=$1
    shift
    local jmh=(-jvm java -prof gc -foe true -to 2m -rf json -rff "$run/$question${ROUND:+.round$ROUND}.json" "$@")
    local options=${jmh[*]} on=("${pin[@]}")
    case $question in
        *-1-threads | PoolCycleBenchmark) ;;
        HandOff* | OtherThreads* | PoolCyclePause* | PoolSteal* | *-threads) on=() ;;
    esac
    echo "jmh: ${on[*]}${on:+ }java -jar $jar ${options//"${run%/*}"/benchmarks/results}" >>"$run/environment.txt"
    "${on[@]}" java -jar "$jar" "${jmh[@]}" || failed+=("$question")
}

# Benchmarks that match a regular expression; virtual threads need JDK 21.
benchmarks() {
    local without='^$'
    ((jdk >= 21)) || without='\.virtual[0-9]'
    java -jar "$jar" -l "$1" 2>/dev/null | sed -n 's/^\(io\.forebay\.[^ ]*\).*/\1/p' | { grep -v "$without" || true; }
}

# matching REGEX OPTIONS...: a JMH run per class.
matching() {
    local all class name patterns
    all=$(benchmarks "$1")
    shift
    for class in $(sed 's/\.[^.]*$//' <<<"$all" | sort -u); do
        patterns=()
        for name in $all; do
            [[ "${name%.*}" != "$class" ]] || patterns+=("^${name//./\\.}\$")
        done
        measure "${class##*.}" "${patterns[@]}" "$@"
    done
}

# The questions of the pool alone, those of one operation for each number of workers, then Go's side.
pool() {
    local question workers
    (($# > 0)) || set -- -f 1 -wi 3 -w 300ms -i 5 -r 300ms
    for question in GetPut Overflow Starvation; do
        for workers in 1 2; do
            measure "Pool${question}Benchmark-$workers-threads" "\.Pool${question}Benchmark\." -t "$workers" "$@"
        done
    done
    if ((jdk >= 21)); then # a carrier per worker: with fewer, workers that never block keep the others from running
        for question in GetPut Overflow Starvation; do
            measure "Pool${question}Benchmark-virtual-threads" "\.Pool${question}Benchmark\." -t 2 \
                -jvmArgsAppend "-Djmh.executor=VIRTUAL -Djdk.virtualThreadScheduler.parallelism=2" \
                -p pool=FOREBAY_STRIPED,RECYCLER,JCTOOLS_MPMC,CONCURRENT_LINKED_DEQUE,HIKARI_BAG,STORMPOT,COMMONS_POOL2 "$@"
        done
    fi
    measure PoolExpensiveNewBenchmark '\.PoolExpensiveNewBenchmark\.' "$@"
    measure PoolCycleBenchmark '\.PoolCycleBenchmark\.' "$@"
    measure PoolCyclePauseBenchmark '\.PoolCyclePauseBenchmark\.' "$@"
    if ! command -v go >/dev/null; then
        echo "go is not there: sync.Pool is left out" | tee -a "$run/environment.txt"
        return
    fi
    go version | sed 's/^/go: /' >>"$run/environment.txt"
    local options
    read -ra options <<<"${GO_OPTIONS:-}"
    benchmarks/go/run.sh "${options[@]}" | tee ${ROUND:+-a} "$run/go-sync-pool.txt" || failed+=(go-sync-pool)
}

# The questions of a word, with JMH's options where there are some.

first() {
    measure AllocateReleaseBenchmark '\.AllocateReleaseBenchmark\.' -f 1 -wi 3 -w 1s -i 5 -r 1s \
        -p size=256,1024,4096,16384,65536,262144,1048576
}

look() {
    (($# > 0)) || set -- -f 1 -wi 4 -w 400ms -i 5 -r 400ms
    matching '\.benchmarks\.[A-Z]' "$@"
    measure AllocateReleaseBenchmark-leak-detection '\.AllocateReleaseBenchmark\.' "$@" \
        -p size=256,4096,65536 -jvmArgsAppend -Dio.netty.leakDetection.level=simple
}

# All cases once, then all again: the forks of a case are minutes apart, so that not all of them meet the machine when it is slow.
publish() {
    local round ROUND=
    (($# > 0)) || set -- -f 1 -wi 3 -w 300ms -i 4 -r 250ms
    for ((round = 1; round <= ${FORKS:-3}; round++)); do
        ((round == 1)) || ROUND=$round # the first has the plain names, and replaces what is there
        look "$@"
    done
}

full() {
    matching '\.benchmarks\.[A-Z]'
    measure AllocateReleaseBenchmark-2-threads '\.AllocateReleaseBenchmark\.' -t 2
}

# All contestants on Forebay's memory; then the best peer of each question once more, on Netty's, as it is without Forebay.
bridge() {
    local question peer
    (($# > 0)) || set -- -f 1 -wi 5 -w 1s -i 5 -r 400ms
    matching '\.benchmarks\.bridge\.' "$@"
    while read -r question peer; do
        measure "${question%.*}-adaptive" "\.${question/./\\.}\$" "$@" -p memory=ADAPTIVE -p pipeline="$peer" </dev/null
    done < <(java -cp "$jar" io.forebay.benchmarks.BridgeReport --best-peers "$run")
}

scaling() {
    local threads
    for threads in 1 2 4 8 16 64; do
        measure "AllocateReleaseBenchmark-$threads-threads" '\.AllocateReleaseBenchmark\.' -t "$threads" \
            -f 1 -wi 4 -w 500ms -i 5 -r 500ms -p size=1024 -p memory=DIRECT "$@"
        measure "OtherThreadsBenchmark-$threads-threads" '\.OtherThreadsBenchmark\.platform2$' -t "$threads" \
            -f 1 -wi 4 -w 500ms -i 5 -r 500ms -p size=1024 -p memory=DIRECT "$@"
    done
    measure PoolSearchBenchmark '\.PoolSearchBenchmark\.' -f 1 -wi 3 -w 300ms -i 5 -r 300ms "$@"
    measure PoolStealBenchmark '\.PoolStealBenchmark\.' -f 1 -wi 3 -w 300ms -i 5 -r 300ms "$@"
}

# report WORD: the tables of a word's questions, beside results.md.
report() {
    local class
    case $1 in
        look | full) class=SummaryReport ;;
        pool) class=PoolReport ;;
        scaling) class=ScalingReport ;;
        bridge) class=BridgeReport ;;
        *) return ;;
    esac
    java -cp "$jar" "io.forebay.benchmarks.$class" "$run" | tee "$run/$1.md"
}

describe >>"$run/environment.txt"
case $1 in
    first | look | publish | full | pool | bridge | scaling) "$@" ;;
    all) for word in look pool scaling bridge; do "$word"; done ;;
    *) matching "$@" ;;
esac
printf 'load after: %s\n\n' "$(load)" >>"$run/environment.txt"

java -cp "$jar" io.forebay.benchmarks.ResultsReport "$run"
case $1 in
    all) for word in look pool scaling bridge; do report "$word"; done ;;
    publish) report look ;;
    *) report "$1" ;;
esac
echo "results: $run"
if ((${#failed[@]} > 0)); then
    echo "failed: ${failed[*]}" | tee -a "$run/environment.txt" >&2
    exit 1
fi
