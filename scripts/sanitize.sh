#!/usr/bin/env bash
# Build the kernels with AddressSanitizer and UndefinedBehaviorSanitizer (GCC), in a scratch
# directory with an environment of its own, and run their tests there, and drawn calls of the whole
# public API (scripts/fuzz.py) on the portable path and on AVX2: 10,000 on each, or 1,000,000.
#
#     bash scripts/sanitize.sh [--nightly] [arguments for pytest]
#
# The checkout's own build is not touched. Says which step runs, and which one failed and how: a
# compiler that is killed for want of memory says nothing itself.
set -eEuo pipefail
step=starting
trap 'code=$?; echo "sanitize.sh: $step failed, exit status $code" >&2' ERR
begin() {
    step=$1
    echo "sanitize.sh: $step"
}
cd "$(dirname "$0")/.."
calls=10000
if [ "${1:-}" = --nightly ]; then
    calls=1000000
    shift
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

begin "copying the sources"
cp -r setup.py pyproject.toml csrc minigrad tests scripts "$scratch"
cd "$scratch"
rm -f minigrad/kernels/_native*.so
begin "making an environment"
python3 -m venv venv
venv/bin/pip install --quiet 'setuptools>=77' 'Cython>=3.1' 'numpy>=2' 'pytest>=8' hypothesis
begin "compiling the kernels"
CC=gcc MINIGRAD_CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" \
    venv/bin/python setup.py -q build_ext --inplace

# The interpreter itself holds memory until it ends, so the search for leaks stays out. Tests ask for
# more memory than there is, which has to fail as malloc does.
# PYTHONMALLOC lets the sanitizer see every allocation.
sanitized() {
    LD_PRELOAD="$(gcc -print-file-name=libasan.so)" \
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
    UBSAN_OPTIONS=print_stacktrace=1 \
    PYTHONMALLOC=malloc PYTHONPATH="$scratch" \
        venv/bin/python "$@"
}
begin "testing the kernels"
sanitized -m pytest -q -p no:cacheprovider tests/kernels "$@"
begin "calling the public API"
paths=$(sanitized -c "
from minigrad import kernels
print(*({'generic', 'avx2'} & {*kernels.config()['cpus_available']}), sep=',')")
sanitized scripts/fuzz.py "$calls" --cpu "$paths"
