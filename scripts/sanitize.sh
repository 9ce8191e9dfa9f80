#!/usr/bin/env bash
# Build the kernels with AddressSanitizer and UndefinedBehaviorSanitizer (GCC), in a scratch
# directory with an environment of its own, and run their tests there:
#
#     bash scripts/sanitize.sh [arguments for pytest]
#
# The checkout's own build is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp -r setup.py pyproject.toml csrc minigrad tests "$scratch"
cd "$scratch"
rm -f minigrad/kernels/_native*.so
python3 -m venv venv
venv/bin/pip install --quiet 'setuptools>=77' 'Cython>=3.1' 'numpy>=2' 'pytest>=8' hypothesis
CC=gcc MINIGRAD_CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" \
    venv/bin/python setup.py -q build_ext --inplace

# The interpreter itself holds memory until it ends, so the search for leaks stays out. A test asks for
# more memory than there is, which has to fail as malloc does.
# PYTHONMALLOC lets the sanitizer see every allocation.
LD_PRELOAD="$(gcc -print-file-name=libasan.so)" \
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
UBSAN_OPTIONS=print_stacktrace=1 \
PYTHONMALLOC=malloc PYTHONPATH="$scratch" \
    venv/bin/python -m pytest -q -p no:cacheprovider tests/kernels "$@"
