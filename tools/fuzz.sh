#!/bin/sh
# Runs every fuzz target of the module for the given time, one after another.
set -e
time=${1:-30s}
grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./bench/' | xargs -n1 dirname | sort -u | while read -r dir; do
    grep -h '^func Fuzz' "$dir"/*_test.go | sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' | while read -r target; do
        echo "== $dir $target $time"
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$dir"
    done
done
