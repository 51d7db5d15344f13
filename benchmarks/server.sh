#!/usr/bin/env bash
# Loads the sample server on all allocators by turns and keeps what the load generators said.
#
#   benchmarks/server.sh [ROUNDS] [SECONDS] [TURNS]   6 rounds of 2 turns with loads of 3 s, unless said otherwise
#
# In a round each allocator has a server of its own, Adaptive two, all at the same time, and each load goes to one after the
# other, TURNS times. What differs between Adaptive's two is chance, and their place in the order. Needs Linux, wrk and h2load (Debian: wrk, nghttp2-client),
# and 5 GiB of memory. Everything stays on the loopback interface.
#
# JAVA_HOME     the JDK to build with and to run the servers on; without it, java from PATH
# SKIP_BUILD=1  measure the jars that are there
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
# IDLE=SECONDS  how long the servers rest before their memory is read again; 25 are two cycles of Forebay
set -euo pipefail

rounds=${1:-6}
seconds=${2:-3}
turns=${3:-2}
idle=${IDLE:-25}
if ! [[ $# -le 3 && "$rounds $seconds $turns " =~ ^([1-9][0-9]*\ ){3}$ && "$idle" =~ ^[0-9]+$ ]]; then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="${IDLE:+IDLE=$IDLE }benchmarks/server.sh $rounds $seconds $turns"
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

allocators=(forebay adaptive pooled adaptive-again)
java=(java -Xms1g -Xmx1g -jar "$serverJar" --port 0 --no-tls)
warmup=$((seconds + 1))
connections=64
ticks=$(getconf CLK_TCK)
declare -A pid=() url=() directory=()
work=benchmarks/target/server-load # not below /tmp: its name is part of commands that are kept

# startServer ALLOCATOR OUTPUT: sets pid and url of the allocator, whose name may end in -again.
startServer() {
    : >"$2" # now, and not when the server gets to it: what an earlier one said must not be read
    "${java[@]}" --allocator "${1%-again}" >"$2" 2>&1 &
    pid[$1]=$!
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        url[$1]=$(sed -n 's/^listening on \(http:.*\)/\1/p' "$2")
        [[ -z "${url[$1]}" ]] || return 0
        kill -0 "${pid[$1]}" 2>/dev/null || break
        sleep 0.2
    done
    echo "the server does not start:" >&2
    cat "$2" >&2
    return 1
}

stopServers() {
    local allocator
    for allocator in "${!pid[@]}"; do
        kill "${pid[$allocator]}" 2>/dev/null || true
        wait "${pid[$allocator]}" 2>/dev/null || true # 143, as it is stopped by a signal
    done
    pid=()
}

cleanUp() {
    stopServers
    rm -rf "$work"
}
trap cleanUp EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# said COMMAND...: what the command says, under the command itself.
said() {
    echo "\$ $*"
    "$@" 2>&1
}

# throughput QUESTION SECONDS URL: as fast as it goes.
throughput() {
    local wrk=(wrk -t1 -c$connections "-d${2}s")
    case $1 in
        download-1KiB) said "${wrk[@]}" "$3/download?bytes=1024" ;;
        download-16KiB-h2c) h2c "$2" "$3" ;;
        echo-1KiB) said "${wrk[@]}" -s benchmarks/echo.lua "$3/echo" -- 1024 ;;
        echo-64KiB) said "${wrk[@]}" -s benchmarks/echo.lua "$3/echo" -- 65536 ;;
    esac
}

# h2c SECONDS URL OPTION...: 16 connections of up to 16 streams.
h2c() {
    said h2load -t1 -c16 -m16 "-D$1" "${@:3}" "$2/download?bytes=16384"
}

# h1 SECONDS URL OPTION...: as many connections as wrk, one request at a time on each.
h1() {
    said h2load --h1 -t1 -c$connections "-D$1" -d "$body" "${@:3}" "$2/echo"
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

# processor ALLOCATOR: how long its server has had a processor, in clock ticks.
processor() {
    awk '{ print $14 + $15 }' "/proc/${pid[$1]}/stat"
}

# loaded QUESTION ALLOCATOR: throughput, and what of a processor the server took for it.
loaded() {
    local before output=${directory[$2]}/throughput-$1.txt
    before=$(processor "$2")
    throughput "$1" "$seconds" "${url[$2]}" >>"$output" || { tail -n 20 "$output" >&2 && return 1; }
    awk -v before="$before" -v after="$(processor "$2")" -v ticks="$ticks" \
        'BEGIN { printf "the server took %.2f s of a processor\n", (after - before) / ticks }' >>"$output"
}

# paced QUESTION ALLOCATOR: latency at a fixed rate; adds to the log of requests. A load that fell behind, as when the
# machine stood still for a second, is repeated, twice at most, and that is noted.
paced() {
    local log=$work/requests.tsv output=$work/paced.txt asked try
    for try in 1 2 3; do
        rm -f "$log" # h2load appends
        case $1 in
            download-16KiB-h2c)
                asked=$h2cRate
                h2c "$seconds" "${url[$2]}" --warm-up-time=1 "--rps=$(perConnection "$asked" 16)" --log-file="$log" >"$output"
                ;;
            echo-1KiB)
                asked=$h1Rate
                h1 "$seconds" "${url[$2]}" --warm-up-time=1 "--rps=$(perConnection "$asked" $connections)" --log-file="$log" >"$output"
                ;;
        esac
        ! awk -v rate="$(rate "$output")" -v asked="$asked" 'BEGIN { exit rate < 0.95 * asked }' || break
        echo "fell behind, attempt $try: ${directory[$2]#"$run/raw/"} $1, $(rate "$output") of $asked requests/s" |
            tee -a "$run/environment.txt" >&2
    done
    cat "$output" >>"${directory[$2]}/latency-$1.h2load.txt"
    cut -f 2,3 "$log" >>"$work/$2-$1.tsv"
}

perConnection() {
    awk -v rate="$1" -v connections="$2" 'BEGIN { printf "%.3f", rate / connections }'
}

# resident MOMENT ALLOCATOR: memory as the kernel sees it, and after it as the server itself does.
resident() {
    sed -n "s/^\(VmRSS\|VmHWM\):[[:space:]]*\([0-9]*\) kB/$1\t\1\t\2/p" "/proc/${pid[$2]}/status" >>"${directory[$2]}/resident-kib.tsv"
    metrics "${url[$2]}" "${directory[$2]}/metrics-$1.txt"
}

# metrics URL OUTPUT: what GET /metrics answers, without another tool.
metrics() {
    local address=${1#http://}
    exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
    printf 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    grep -a -E '^(forebay|netty_allocator|jvm_buffer|jvm_memory_used|jvm_gc_pause)' <&3 | tr -d '\r' >"$2" || true
    exec 3<&-
}

questions=(download-1KiB download-16KiB-h2c echo-1KiB echo-64KiB)

# inTurn N: the allocators, beginning with another one each time.
inTurn() {
    local place
    for ((place = 0; place < ${#allocators[@]}; place++)); do
        echo "${allocators[(place + $1) % ${#allocators[@]}]}"
    done
}

# calibrate: the rates at which latency is measured, the same for all allocators and rounds. Once the servers are warm.
calibrate() {
    local allocator calibration=$run/raw/calibration
    mkdir -p "$calibration"
    for allocator in "${allocators[@]}"; do
        h2c "$seconds" "${url[$allocator]}" >"$calibration/$allocator-download-16KiB-h2c.h2load.txt"
        h1 "$seconds" "${url[$allocator]}" >"$calibration/$allocator-echo-1KiB.h2load.txt"
    done
    h2cRate=$(fixedRate "$calibration"/*-download-16KiB-h2c.h2load.txt)
    h1Rate=$(fixedRate "$calibration"/*-echo-1KiB.h2load.txt)
    echo "rate: $h2cRate/s for download-16KiB-h2c, $h1Rate/s for echo-1KiB" >>"$run/environment.txt"
}

# measure ROUND: the life of one server per allocator. The heaviest load comes last, just before memory is read.
measure() {
    local allocator question turn
    echo "round $1" >&2
    for allocator in $(inTurn "$1"); do
        directory[$allocator]=$run/raw/$1-$allocator
        mkdir -p "${directory[$allocator]}"
        startServer "$allocator" "${directory[$allocator]}/server.txt"
    done
    for question in "${questions[@]}"; do
        for allocator in $(inTurn "$1"); do
            throughput "$question" "$warmup" "${url[$allocator]}" >"$work/warm-up.txt"
        done
    done
    [[ $1 != 1 ]] || calibrate
    rm -f "$work"/*-*.tsv
    for question in download-16KiB-h2c echo-1KiB; do
        for ((turn = 1; turn <= turns; turn++)); do
            for allocator in $(inTurn $((turns * $1 + turn))); do
                paced "$question" "$allocator"
            done
        done
        for allocator in "${allocators[@]}"; do
            { printf 'requests\tstatus\tmicros\n' && sort -n -k 2 "$work/$allocator-$question.tsv" | uniq -c | awk '{ print $1 "\t" $2 "\t" $3 }'; } \
                >"${directory[$allocator]}/latency-$question.micros.tsv"
        done
    done
    for question in "${questions[@]}"; do
        for ((turn = 1; turn <= turns; turn++)); do
            for allocator in $(inTurn $((turns * $1 + turn))); do
                loaded "$question" "$allocator"
                [[ $question != "${questions[-1]}" || $turn != "$turns" ]] || resident loaded "$allocator"
            done
        done
    done
    sleep "$idle"
    for allocator in "${allocators[@]}"; do
        resident idle "$allocator"
    done
    stopServers
}

mkdir -p "$work"
body=$work/body
head -c 1024 /dev/zero >"$body"
describe >"$run/environment.txt"
echo "server: ${java[*]} --allocator ${allocators[*]%-again}" >>"$run/environment.txt"
for ((round = 1; round <= rounds; round++)); do
    measure "$round"
done
echo "load after: $(load)" >>"$run/environment.txt"

outcome=0
java -cp "$jar" io.forebay.benchmarks.ServerReport "$run" || outcome=$?
cat "$run/results.md"
echo "results: $run"
exit $outcome
