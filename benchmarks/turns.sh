#!/usr/bin/env bash
# Two versions of the code by turns, fork by fork, so that what the machine does to one it does to the other.
#
#   benchmarks/turns.sh COMMIT ROUNDS REGEX [JMH OPTION...]    the code of COMMIT, then that of the working tree, ROUNDS times
#
# as    benchmarks/turns.sh HEAD~1 4 'BurstBenchmark|WebSocketProxy' -p subject=FOREBAY -gc true
#
# JAVA_HOME, CPUS and RESULTS are as for run.sh; CPUS holds for every question here.
set -euo pipefail

if (($# < 3)); then
    sed -n '2,/^set/{/^#/p}' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
fi
command="${CPUS:+CPUS=$CPUS }benchmarks/turns.sh $*"
cd "$(dirname "$0")/.."
[[ -z "${JAVA_HOME:-}" ]] || PATH="$JAVA_HOME/bin:$PATH"

before=$(git rev-parse --short "$1^{commit}")
rounds=$2 regex=$3
shift 3

jars=$(mktemp -d)
trap 'git worktree remove --force "$jars/tree" 2>/dev/null; rm -rf "$jars"' EXIT
git worktree add -q --detach "$jars/tree" "$before"
mvn -q -B -f "$jars/tree/pom.xml" -pl benchmarks -am package -DskipTests
mv "$jars/tree/benchmarks/target/forebay-benchmarks.jar" "$jars/before.jar"
mvn -q -B -pl benchmarks -am package -DskipTests
cp benchmarks/target/forebay-benchmarks.jar "$jars/after.jar"

source benchmarks/environment.sh
run=$(runDirectory "turns-")
mkdir -p "$run"
rm -f "$run"/*.json

usePinned

{
    describe
    echo "before: $before"
    echo "jmh: -f 1 -wi 4 -w 400ms -i 5 -r 400ms $*"
} >"$run/environment.txt"
for ((round = 1; round <= rounds; round++)); do
    for version in before after; do
        "${pin[@]}" java -jar "$jars/$version.jar" -jvm java -foe true -to 2m -rf json -rff "$run/$version-$round.json" \
            -f 1 -wi 4 -w 400ms -i 5 -r 400ms "$@" "$regex"
    done
done
printf 'load after: %s\n' "$(load)" >>"$run/environment.txt"

java -cp "$jars/after.jar" io.forebay.benchmarks.TurnsReport "$run" | tee "$run/results.md"
echo "results: $run"
