#!/usr/bin/env bash
# Writes the locks that the image is built from: every package of constraints.txt that running needs, with the hashes of its files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=${UV:-.venv/bin/uv}
lock() {
    local target=$1
    shift
    "$uv" pip compile "$@" --quiet --no-config --no-header --no-annotate --generate-hashes \
        --python-version 3.11 --python-platform x86_64-manylinux_2_28 --output-file "$target.new"
    { echo "# Written by make lock; a change of setup.cfg or constraints.txt needs it again."; cat "$target.new"; } >"$target"
    rm "$target.new"
}

lock deploy/requirements.lock setup.cfg --extra postgresql --constraint constraints.txt
# What builds the package itself: it is not in the image.
lock deploy/build.lock deploy/build.in
