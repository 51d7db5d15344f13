#!/usr/bin/env bash
# Asks Go's sync.Pool what the Java classes ask their contestants; prints what `go test` says. Needs no network.
#
#   benchmarks/go/run.sh [GO TEST OPTION...]   options given last win, as -count 1 -benchtime 10ms
set -euo pipefail
cd "$(dirname "$0")"
go version
GOFLAGS=-mod=mod GOPROXY=off go test -run '^$' -bench . -cpu 1,2 -count 5 "$@"
