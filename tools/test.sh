#!/usr/bin/env bash
# Every check there is: style, types, all tests (slow and browser ones too), documentation.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests ..."
  apt-get -o DPkg::Lock::Timeout=120 update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq chromium fonts-noto-color-emoji >/dev/null
fi
.venv/bin/ruff check src tests benchmarks
.venv/bin/ruff format --check src tests benchmarks
.venv/bin/mypy
.venv/bin/python -m pytest -m "not slow and not browser"
.venv/bin/python -m pytest -m "slow or browser"
.venv/bin/python -m tools.reference --check
.venv/bin/zensical build --strict
