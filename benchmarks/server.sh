#!/usr/bin/env bash
# Loads the sample server on each allocator in turn and keeps what the load generators said.
#
#   benchmarks/server.sh [ROUNDS] [SECONDS]   3 rounds with loads of 10 s, unless said otherwise
#
# Needs Linux, wrk and h2load (Debian: wrk, nghttp2-client). Everything stays on the loopback interface.
#
# JAVA_HOME     the JDK to build with and to run the server on; without it, java from PATH
# SKIP_BUILD=1  measure the jars that are there
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
# IDLE=SECONDS  how long a server rests before its memory is read again; 25 are two cycles of Forebay
set -euo pipefail

rounds=${1:-3}
seconds=${2:-10}
idle=${IDLE:-25}
if ! [[ $# -le 2 && "$rounds" =~ ^[1-9][0-9]*$ && "$seconds" =~ ^[1-9][0-9]*$ && "$idle" =~ ^[0-9]+$ ]]; then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="${IDLE:+IDLE=$IDLE }benchmarks/server.sh $rounds $seconds"
cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"
for tool in wrk h2load; do
    [[ -n "$(command -v $tool)" ]] || { echo "not installed: $tool" >&2 && exit 2; }
done

jar=benchmarks/target/forebay-benchmarks.jar
serverJar=sample-server/target/forebay-sample-server.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl benchmarks,sample-server -am package -DskipTests

source benchmarks/environment.sh
run=$(runDirectory server-)
mkdir -p "$run"
rm -rf "$run/raw"

allocators=(forebay adaptive pooled)
java=(java -Xms1g -Xmx1g -jar "$serverJar" --port 0 --no-tls)
warmup=$(((seconds + 1) / 2))
connections=64
pid=
work=benchmarks/target/server-load # not below /tmp: its name is part of commands that are kept

# startServer ALLOCATOR OUTPUT: sets $pid and $url.
startServer() {
    : >"$2" # now, and not when the server gets to it: what an earlier one said must not be read
    "${java[@]}" --allocator "$1" >"$2" 2>&1 &
    pid=$!
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        url=$(sed -n 's/^listening on \(http:.*\)/\1/p' "$2")
        [[ -z "$url" ]] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    echo "the server does not start:" >&2
    cat "$2" >&2
    return 1
}

stopServer() {
    [[ -n "$pid" ]] || return 0
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true # 143, as it is stopped by a signal
    pid=
}

cleanUp() {
    stopServer
    rm -rf "$work"
}
trap cleanUp EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# said OUTPUT COMMAND...: what the command says, under the command itself.
said() {
    local output=$1
    shift
    { echo "\$ $*" && "$@" 2>&1; } >"$output" || { cat "$output" >&2 && return 1; }
}

# throughput QUESTION SECONDS OUTPUT: as fast as it goes.
throughput() {
    local wrk=(wrk -t1 -c$connections "-d${2}s")
    case $1 in
        download-1KiB) said "$3" "${wrk[@]}" "$url/download?bytes=1024" ;;
        download-16KiB-h2c) h2c "$2" "$3" ;;
        echo-1KiB) said "$3" "${wrk[@]}" -s benchmarks/echo.lua "$url/echo" -- 1024 ;;
        echo-64KiB) said "$3" "${wrk[@]}" -s benchmarks/echo.lua "$url/echo" -- 65536 ;;
    esac
}

# h2c SECONDS OUTPUT OPTION...: 16 connections of up to 16 streams.
h2c() {
    said "$2" h2load -t1 -c16 -m16 --warm-up-time=1 "-D$1" "${@:3}" "$url/download?bytes=16384"
}

# h1 SECONDS OUTPUT OPTION...: as many connections as wrk, one request at a time on each.
h1() {
    said "$2" h2load --h1 -t1 -c$connections --warm-up-time=1 "-D$1" -d "$body" "${@:3}" "$url/echo"
}

# rate OUTPUT: the requests per second that h2load counted.
rate() {
    sed -n 's/^finished in .*, \([0-9.]*\) req\/s.*/\1/p' "$1"
}

# fixedRate OUTPUTS...: 40 % of the slowest, in whole requests per second.
fixedRate() {
    local output
    for output in "$@"; do rate "$output"; done | sort -n | awk 'NR == 1 { rate = int($1 * 0.4) } END { print rate < 1 ? 1 : rate }'
}

# latency QUESTION OUTPUT-WITHOUT-SUFFIX: at a fixed rate; keeps how many requests took how many microseconds. A load that
# fell behind, as when the machine stood still for a second, is repeated, twice at most, and that is noted.
latency() {
    local log=$work/requests.tsv asked try
    for try in 1 2 3; do
        rm -f "$log" # h2load appends
        case $1 in
            download-16KiB-h2c)
                asked=$h2cRate
                h2c "$seconds" "$2.h2load.txt" "--rps=$(perConnection "$asked" 16)" --log-file="$log"
                ;;
            echo-1KiB)
                asked=$h1Rate
                h1 "$seconds" "$2.h2load.txt" "--rps=$(perConnection "$asked" $connections)" --log-file="$log"
                ;;
        esac
        ! awk -v rate="$(rate "$2.h2load.txt")" -v asked="$asked" 'BEGIN { exit rate < 0.95 * asked }' || break
        echo "fell behind, attempt $try: ${2#"$run/raw/"}, $(rate "$2.h2load.txt") of $asked requests/s" |
            tee -a "$run/environment.txt" >&2
    done
    { printf 'requests\tstatus\tmicros\n' && cut -f 2,3 "$log" | sort -n -k 2 | uniq -c | awk '{ print $1 "\t" $2 "\t" $3 }'; } >"$2.micros.tsv"
}

perConnection() {
    awk -v rate="$1" -v connections="$2" 'BEGIN { printf "%.3f", rate / connections }'
}

# resident MOMENT DIRECTORY: memory as the kernel sees it, and after it as the server itself does.
resident() {
    sed -n "s/^\(VmRSS\|VmHWM\):[[:space:]]*\([0-9]*\) kB/$1\t\1\t\2/p" "/proc/$pid/status" >>"$2/resident-kib.tsv"
    metrics "$2/metrics-$1.txt"
}

# metrics OUTPUT: what GET /metrics answers, without another tool.
metrics() {
    local address=${url#http://}
    exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
    printf 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    grep -a -E '^(forebay|netty_allocator|jvm_buffer|jvm_memory_used|jvm_gc_pause)' <&3 | tr -d '\r' >"$1" || true
    exec 3<&-
}

questions=(download-1KiB download-16KiB-h2c echo-1KiB echo-64KiB)

# calibrate: the rates at which latency is measured, the same for all allocators and rounds.
calibrate() {
    local allocator directory=$run/raw/calibration
    mkdir -p "$directory"
    for allocator in "${allocators[@]}"; do
        echo "calibrating: $allocator" >&2
        startServer "$allocator" "$work/server.txt"
        h2c "$warmup" "$work/warm-up.txt"
        h1 "$warmup" "$work/warm-up.txt"
        h2c "$warmup" "$directory/$allocator-download-16KiB-h2c.h2load.txt"
        h1 "$warmup" "$directory/$allocator-echo-1KiB.h2load.txt"
        stopServer
    done
    h2cRate=$(fixedRate "$directory"/*-download-16KiB-h2c.h2load.txt)
    h1Rate=$(fixedRate "$directory"/*-echo-1KiB.h2load.txt)
    echo "rate: $h2cRate/s for download-16KiB-h2c, $h1Rate/s for echo-1KiB" >>"$run/environment.txt"
}

# measure ROUND ALLOCATOR: the life of one server. The heaviest load comes last, just before memory is read.
measure() {
    local question directory=$run/raw/$1-$2
    echo "round $1: $2" >&2
    mkdir -p "$directory"
    startServer "$2" "$directory/server.txt"
    for question in "${questions[@]}"; do
        throughput "$question" "$warmup" "$work/warm-up.txt"
    done
    latency download-16KiB-h2c "$directory/latency-download-16KiB-h2c"
    latency echo-1KiB "$directory/latency-echo-1KiB"
    for question in "${questions[@]}"; do
        throughput "$question" "$seconds" "$directory/throughput-$question.txt"
    done
    resident loaded "$directory"
    sleep "$idle"
    resident idle "$directory"
    stopServer
}

mkdir -p "$work"
body=$work/body
head -c 1024 /dev/zero >"$body"
describe >"$run/environment.txt"
echo "server: ${java[*]} --allocator ${allocators[*]}" >>"$run/environment.txt"
calibrate
for ((round = 1; round <= rounds; round++)); do
    for ((turn = 0; turn < ${#allocators[@]}; turn++)); do
        measure "$round" "${allocators[(turn + round - 1) % ${#allocators[@]}]}"
    done
done
echo "load after: $(load)" >>"$run/environment.txt"

java -cp "$jar" io.forebay.benchmarks.ServerReport "$run"
echo "results: $run"
