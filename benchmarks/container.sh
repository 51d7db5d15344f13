#!/usr/bin/env bash
# Runs the sample server on each allocator in a container of 256 MiB, under a load that would need more, and keeps what
# became of it.
#
#   benchmarks/container.sh [SECONDS [CLIENTS]]   loads of 20 s by 800 clients, unless said otherwise: about six minutes
#
# Each allocator runs twice: with the JVM's defaults, with which Netty takes no more direct memory than the heap may be large
# (here 122 MiB), and with -XX:MaxDirectMemorySize=1g, as where that limit was in the way. Forebay runs with and without a
# limit of its own. Needs Docker.
#
# IMAGE=NAME    where java comes from: 17 or newer on the path; eclipse-temurin:17-jre, unless said otherwise
# JAVA_HOME     the JDK to build with; without it, java from PATH
# SKIP_BUILD=1  use what is built
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
set -euo pipefail

seconds=${1:-20}
clients=${2:-800}
image=${IMAGE:-eclipse-temurin:17-jre}
if ! [[ $# -le 2 && "$seconds" =~ ^[1-9][0-9]*$ && "$clients" =~ ^[1-9][0-9]*$ ]]; then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="benchmarks/container.sh $seconds $clients"
cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"

jar=sample-server/target/forebay-sample-server.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl sample-server -am package -DskipTests

source benchmarks/environment.sh
run=$(runDirectory container-)
rm -rf "$run/raw"
mkdir -p "$run/raw"
describe >"$run/environment.txt"
docker version --format 'docker: engine {{.Server.Version}}' >>"$run/environment.txt"
docker run --rm "$image" java -version 2>&1 | sed 's/^/in the container: /' >>"$run/environment.txt"

container=
trap '[[ -z "$container" ]] || docker rm -f "$container" >/dev/null' EXIT

state() {
    docker inspect --format "{{.State.$1}}" "$container"
}

# The first and the last lines of what a server said: a refused request takes a page of it.
ends() {
    awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= 200 || i > NR - 20) print line[i] }'
}

# measure NAME JVM-OPTIONS ARGUMENT...: the life of one server.
measure() {
    local name=$1 jvm=$2 raw=$run/raw/$1 address end
    shift 2
    echo "$name" >&2
    local arguments=(--host 0.0.0.0 --port 8080 --no-tls --tenant-memory 1g --tenants-cap 1g "$@")
    # shellcheck disable=SC2086 # no JVM option has blanks
    container=$(docker create --memory 256m --memory-swap 256m -p 127.0.0.1::8080 "$image" \
        java $jvm -jar /server.jar "${arguments[@]}")
    docker cp -q "$jar" "$container:/server.jar" 2>/dev/null || docker cp "$jar" "$container:/server.jar" >/dev/null
    docker start "$container" >/dev/null
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        ! docker logs "$container" 2>&1 | grep -q '^listening' || break
        sleep 0.2
    done
    address=$(docker port "$container" 8080/tcp | head -1)
    java -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "sample-server/target/test-classes:$jar" io.forebay.sample.Overload \
        "http://$address" HTTP_1_1 "$seconds" "$clients" $((8 << 20)) >"$raw.tsv" 2>"$raw.load.txt" || true
    if [[ "$(state Running)" == true ]]; then
        end=ran
        docker stop --time 30 "$container" >/dev/null
    elif [[ "$(state OOMKilled)" == true ]]; then
        end="killed for want of memory"
    else
        end="ended with status $(state ExitCode)"
    fi
    docker logs "$container" 2>&1 | ends >"$raw.server.txt"
    printf 'END\t%s\n' "$end" >>"$raw.tsv"
    printf 'JVM\t%s\nARGUMENTS\t%s\n' "${jvm:-its defaults}" "$*" >>"$raw.tsv"
    docker rm -f "$container" >/dev/null
    container=
}

# value FILE KEY: empty where the load had no end.
value() {
    awk -F '\t' -v key="$2" '$1 == key { print $2 }' "$1"
}

table() {
    echo "A server in a container of 256 MiB, $seconds s under a load of $clients clients: the server would hold 1 MiB"
    echo "for half of them, and 256 KiB for the others, so $((clients / 2 + clients / 8)) MiB of buffers. Command and machine are"
    echo "in \`environment.txt\`, what load and servers said in \`raw\`."
    echo
    echo "| server | JVM | the process | answers whole | refused or cut | wrong | unanswered | serves on |"
    echo "|---|---|---|---:|---:|---:|---:|---|"
    local raw
    for raw in "$run"/raw/*.tsv; do
        echo "| $(value "$raw" ARGUMENTS) | $(value "$raw" JVM) | $(value "$raw" END) | $(value "$raw" WHOLE) |" \
            "$(awk '$1 == "REFUSED" || $1 == "CUT" { sum += $2 } END { print sum + 0 }' "$raw") | $(value "$raw" WRONG) |" \
            "$(value "$raw" UNANSWERED) | $(value "$raw" SERVES_AGAIN) |"
    done
}

order=0
for jvm in "" -XX:MaxDirectMemorySize=1g; do
    for server in "forebay --max-memory 48m" forebay adaptive pooled; do
        order=$((order + 1))
        # shellcheck disable=SC2086 # the allocator and its options
        measure "$order-${server%% *}" "$jvm" --allocator $server
    done
done
echo "load after: $(load)" >>"$run/environment.txt"
table >"$run/results.md"
cat "$run/results.md"
echo "results: $run"
