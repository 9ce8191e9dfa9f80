#!/usr/bin/env bash
# The types in the comments of the explorer's JavaScript, checked by TypeScript; needs npm.
#
#     bash scripts/check_page.sh
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm install --silent --no-fund --no-audit typescript >/dev/null)
node "$work/node_modules/typescript/bin/tsc" --noEmit --allowJs --checkJs --strict \
    --target es2022 --module es2022 --moduleResolution bundler --lib es2022,dom,dom.iterable \
    "$here"/minigrad/explore/page/*.js
echo "the page's types hold"
