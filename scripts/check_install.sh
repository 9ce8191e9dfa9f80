#!/usr/bin/env bash
# Each way to install minigrad, in a fresh environment, from a clean copy of the commit: does it
# build in isolation, and does the result work away from the checkout?
#
#     bash scripts/check_install.sh
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$here" "$work/clone"
cp "$here/scripts/smoke.py" "$work/smoke.py"

python3 -m venv "$work/builder"
"$work/builder/bin/pip" install --quiet build
"$work/builder/bin/python" -m build --outdir "$work/dist" "$work/clone" >"$work/build.log" 2>&1 ||
    { tail -30 "$work/build.log"; exit 1; }
wheel=$(ls "$work"/dist/*.whl) sdist=$(ls "$work"/dist/*.tar.gz)

if python3 -m zipfile -l "$wheel" | awk '{print $1}' | grep -E '\.(c|h|pyx|pxi|pxd)$'; then
    echo "the wheel holds sources of the kernels"; exit 1
fi

try() { # name, what pip installs
    mkdir -p "$work/$1/empty"
    python3 -m venv "$work/$1/venv"
    "$work/$1/venv/bin/pip" install --quiet "${@:2}"
    (cd "$work/$1/empty" && "$work/$1/venv/bin/python" "$work/smoke.py" | tail -1 | sed "s|^|$1: |")
}

try wheel "$wheel"
try sdist "$sdist"
try directory "$work/clone"
try editable -e "$work/clone"
