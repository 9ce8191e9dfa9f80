#!/usr/bin/env bash
# Build the kernels with AddressSanitizer and UndefinedBehaviorSanitizer (GCC) in a scratch
# directory and run their tests there:  bash scripts/sanitize.sh [arguments for pytest]
#
# The checkout's own build is not touched. PYTHON names the interpreter, which must have the
# build requirements and the `test` extra installed.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(command -v "${PYTHON:-python}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp -r setup.py pyproject.toml csrc minigrad tests "$scratch"
cd "$scratch"
rm -f minigrad/kernels/_native*.so
CC=gcc MINIGRAD_CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" \
    "$python" setup.py -q build_ext --inplace

# PyTorch is not built for this, and the interpreter itself holds memory until it ends, so its
# comparison tests and the search for leaks stay out.
# PYTHONMALLOC lets the sanitizer see every allocation.
LD_PRELOAD="$(gcc -print-file-name=libasan.so)" \
ASAN_OPTIONS=detect_leaks=0 \
UBSAN_OPTIONS=print_stacktrace=1 \
PYTHONMALLOC=malloc PYTHONPATH="$scratch" \
    "$python" -m pytest -q -p no:cacheprovider tests/kernels -k "not pytorchs" "$@"
