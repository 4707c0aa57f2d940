#!/bin/sh
# Bundles the unit tests with the esbuild that go.mod pins and runs them with Node's own test runner.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
go tool esbuild web/test/*.test.ts --bundle --platform=node --format=esm --out-extension:.js=.mjs \
  --log-level=warning --inject:web/test/english.ts --outdir="$out"
node --test "$out"/*.mjs
