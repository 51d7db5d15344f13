#!/usr/bin/env bash
# Measures how much memory each allocator holds under a load, and what it gives back afterwards; and how long Forebay's
# cycles hold up an event loop.
#
#   benchmarks/footprint.sh [OPTION...]
#
#   --rounds N         how often each contestant is measured with each load; 3 unless said otherwise
#   --patterns A,B...  of all-released, tenth-left, few-live, large-burst; all of them unless said otherwise
#   --load SECONDS     how long a load lasts; 12, so that a cycle of Forebay turns in it
#   --rest SECONDS     how long a process then rests; 25 are two cycles of Forebay
#   --pauses SECONDS   how long the cycles are timed, twice; 30; 0 leaves that out
#   --one-at-a-time    the contestants of a load after one another, each with the machine to itself, instead of side by side
#
# Each contestant runs in a process of its own. Side by side a round takes three minutes, one at a time eight; memory is
# counted for each process, and most of the time all of them rest. Needs Linux.
#
# JAVA_HOME     the JDK to build with and to measure; without it, java from PATH
# SKIP_BUILD=1  measure the jar that is there
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
set -euo pipefail

usage() {
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
}

command="benchmarks/footprint.sh${*:+ $*}"
rounds=3
patterns=all-released,tenth-left,few-live,large-burst
load=12
rest=25
pauses=30
alone=
while (($# > 0)); do
    case $1 in
        --one-at-a-time) alone=1 ;;
        --rounds | --patterns | --load | --rest | --pauses)
            (($# > 1)) || usage
            declare "${1#--}=$2"
            shift
            ;;
        *) usage ;;
    esac
    shift
done
[[ "$rounds $load $rest $pauses" =~ ^[0-9]+\ [1-9][0-9]*\ [0-9]+\ [0-9]+$ ]] || usage

cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"
jar=benchmarks/target/forebay-benchmarks.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl benchmarks -am package -DskipTests

# As the whole heap is touched when the JVM starts, what resident memory grows by is not the heap. Leak detection is off for
# all; all else is left as the JDK and Netty have it.
java=(java -Xms1g -Xmx1g -XX:+AlwaysPreTouch -Dio.netty.leakDetection.level=disabled -cp "$jar")

source benchmarks/environment.sh
run=$(runDirectory footprint-)
rm -rf "$run/raw"
mkdir -p "$run/raw"
describe >"$run/environment.txt"
echo "process: ${java[*]} io.forebay.benchmarks.FootprintMeasure ALLOCATOR PATTERN $load $rest" >>"$run/environment.txt"
ldd --version 2>/dev/null | sed -n '1s/^/libc: /p' >>"$run/environment.txt"

pids=()
trap '((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# awaitAll: until the processes have ended; fails if one did.
awaitAll() {
    local pid failed=0
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    pids=()
    return $failed
}

# measure ROUND PATTERN: all contestants, in an order that rotates.
measure() {
    local allocators=(forebay adaptive pooled) turn allocator
    echo "round $1: $2" >&2
    for ((turn = 0; turn < ${#allocators[@]}; turn++)); do
        allocator=${allocators[(turn + $1) % ${#allocators[@]}]}
        "${java[@]}" io.forebay.benchmarks.FootprintMeasure "$allocator" "$2" "$load" "$rest" \
            >"$run/raw/$1-$2-$allocator.tsv" &
        pids+=($!)
        [[ -z "$alone" ]] || awaitAll
    done
    awaitAll
}

for ((round = 1; round <= rounds; round++)); do
    for pattern in ${patterns//,/ }; do
        measure "$round" "$pattern"
    done
done
if ((pauses > 0)); then
    for where in home elsewhere; do
        echo "cycles, buffers released: $where" >&2
        "${java[@]}" io.forebay.benchmarks.CyclePauseMeasure "$where" "$pauses" >"$run/raw/pause-$where.tsv" &
        pids+=($!)
        awaitAll
    done
fi
echo "load after: $(load)" >>"$run/environment.txt"

java -cp "$jar" io.forebay.benchmarks.FootprintReport "$run"
echo "results: $run"
