#!/usr/bin/env bash
# Shows that a server at its memory limit keeps serving: loads the sample server with more than it may hold.
#
#   benchmarks/limit.sh [SECONDS] [LIMIT] [VERSION]   60 s at 16m over HTTP_1_1, unless said otherwise (HTTP_2)
#
# Prints what became of the requests, how often the limit was met and the server's ledger. Fails if the server crashed, left
# a request unanswered or answered it wrongly, failed one though the limit had not been met, did not serve on afterwards, or
# ended with buffers that were not back. Needs Linux; everything stays on the loopback interface.
#
# JAVA_HOME     the JDK to build with and to run on; without it, java from PATH
# SKIP_BUILD=1  use what is built
# RESULTS=DIR   also keep what was printed, in a directory that is made there
set -euo pipefail

seconds=${1:-60}
limit=${2:-16m}
version=${3:-HTTP_1_1}
if ! [[ $# -le 3 && "$seconds" =~ ^[1-9][0-9]*$ && "$limit" =~ ^[1-9][0-9]*[kmg]?$ && "$version" =~ ^HTTP_(1_1|2)$ ]]; then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="benchmarks/limit.sh $seconds $limit $version"
cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"

jar=sample-server/target/forebay-sample-server.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl sample-server -am package -DskipTests

work=$(mktemp -d)
pid=
cleanUp() {
    [[ -z "$pid" ]] || kill "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanUp EXIT

# metric NAME: the sum over its tags.
metric() {
    local address=${url#http://}
    exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
    printf 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    tr -d '\r' <&3 | awk -v name="$1" 'index($0, name "{") == 1 { sum += $NF } END { printf "%d\n", sum }'
    exec 3<&-
}

fate() {
    awk -v name="$1" '$1 == name { print $2 }' "$work/fates.tsv"
}

# overload VERSION: one server, loaded over that; sets status to 1 if anything is wrong.
overload() {
    local tries hits
    : >"$work/said.txt"
    java -Xmx256m -Dreactor.netty.ioWorkerCount=2 -jar "$jar" --port 0 --no-tls --tenant-memory 1g --tenants-cap 1g \
        --max-memory "$limit" >"$work/said.txt" 2>"$work/complaints.txt" &
    pid=$!
    url=
    for ((tries = 0; tries < 150; tries++)); do
        url=$(sed -n 's/^listening on \(http:.*\)/\1/p' "$work/said.txt")
        [[ -z "$url" ]] && kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    [[ -n "$url" ]] || { echo "the server does not start:" >&2 && cat "$work/complaints.txt" >&2 && exit 1; }

    echo "VERSION	$1"
    java -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "sample-server/target/test-classes:$jar" io.forebay.sample.Overload "$url" "$1" "$seconds" 96 $((8 << 20)) |
        tee "$work/fates.tsv" || status=1
    hits=$(metric forebay_limit_hits_total)
    echo "LIMIT_HITS	$hits"
    if (($(fate REFUSED) + $(fate CUT) > hits)); then
        echo "more requests failed than met the limit" >&2
        status=1
    fi
    if ! kill "$pid" 2>/dev/null; then
        echo "the server is gone" >&2
        status=1
    fi
    wait "$pid" || true # 143, as it is stopped by a signal
    pid=
    tail -1 "$work/said.txt"
    tail -1 "$work/said.txt" | grep -qE '^ledger: created=([1-9][0-9]*) destroyed=\1 in-use=0 leaked=0$' || status=1
    if grep LEAK "$work/complaints.txt" >&2; then
        status=1
    fi
}

status=0
kept=/dev/null
if [[ -n "${RESULTS:-}" ]]; then
    source benchmarks/environment.sh
    run=$(runDirectory limit-)
    mkdir -p "$run"
    describe >"$run/environment-$version.txt"
    kept=$run/$version.txt
fi
overload "$version" > >(tee "$kept")
exit $status
