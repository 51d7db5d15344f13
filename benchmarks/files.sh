#!/usr/bin/env bash
# Measures how fast a file is read and written chunk by chunk: through the bridge, through Spring's DataBufferUtils and with a
# plain loop over a FileChannel; and how much memory that takes.
#
#   benchmarks/files.sh [OPTION...]
#
#   --rounds N   how often each contestant is measured; 5 unless said otherwise
#   --warmups N  how often a process goes through the file to warm up; 10 unless said otherwise
#   --passes N   and then how often to be measured; 3 unless said otherwise
#   --mib N      the size of the file; 1024 unless said otherwise
#   --dir DIR    where it is made; the system's directory for temporary files unless said otherwise
#
# Each contestant runs in a process of its own, one at a time, in an order that rotates. The file stays in the page cache, if
# there is room: the disk is not measured.
#
# JAVA_HOME     the JDK to build with and to measure; without it, java from PATH
# SKIP_BUILD=1  measure the jar that is there
# RESULTS=DIR   where the directory of this run is made, instead of benchmarks/results
set -euo pipefail

usage() {
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
}

rounds=5
warmups=10
passes=3
mib=1024
dir=${TMPDIR:-/tmp}
command="benchmarks/files.sh"
while (($# > 0)); do
    (($# > 1)) || usage
    case $1 in
        --rounds | --warmups | --passes | --mib) command+=" $1 $2" ;;
        --dir) command+=" $1 DIR" ;;
        *) usage ;;
    esac
    declare "${1#--}=$2"
    shift 2
done
[[ "$rounds $warmups $passes $mib" =~ ^[1-9][0-9]*(\ [1-9][0-9]*){3}$ && -d "$dir" ]] || usage
dir=$(realpath "$dir")

cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"
jar=benchmarks/target/forebay-benchmarks.jar
[[ -n "${SKIP_BUILD:-}" ]] || mvn -q -B -pl benchmarks -am package -DskipTests

java=(java -Xms1g -Xmx1g -Dio.netty.leakDetection.level=disabled -cp "$jar")

source benchmarks/environment.sh
run=$(runDirectory files-)
rm -rf "$run/raw"
mkdir -p "$run/raw"
describe >"$run/environment.txt"
echo "file system: $(stat -f -c %T "$dir" 2>/dev/null || echo unknown)" >>"$run/environment.txt"
echo "process: ${java[*]} io.forebay.benchmarks.FileMeasure CONTESTANT read|write FILE $mib $warmups $passes" >>"$run/environment.txt"

file=$(mktemp "$dir/forebay-files.XXXXXX")
trap 'rm -f "$file"' EXIT

contestants=(bridge spring spring_channel nio)
for ((round = 1; round <= rounds; round++)); do
    for direction in write read; do
        echo "round $round: $direction" >&2
        for ((turn = 0; turn < ${#contestants[@]}; turn++)); do
            contestant=${contestants[(turn + round) % ${#contestants[@]}]}
            "${java[@]}" io.forebay.benchmarks.FileMeasure "$contestant" "$direction" "$file" "$mib" "$warmups" "$passes" \
                >"$run/raw/$round-$direction-$contestant.tsv"
        done
    done
done
echo "load after: $(load)" >>"$run/environment.txt"

java -cp "$jar" io.forebay.benchmarks.FileReport "$run"
echo "results: $run"
