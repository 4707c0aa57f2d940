#!/bin/sh
# Builds the page into static/, with the esbuild that go.mod pins. The output is committed, so that nobody needs this to
# run the program; `make check` runs it again and compares.
set -eu
cd "$(dirname "$0")/.."
go tool esbuild web/src/main.ts web/src/room/follow.ts web/src/states/states.ts web/src/app.css web/src/states/states.css \
  --bundle --minify --format=esm --target=es2022 --charset=utf8 \
  --legal-comments=none --external:*.woff2 \
  --entry-names=[name] --outdir=static "$@"
mv static/main.js static/app.js
