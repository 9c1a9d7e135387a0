#!/usr/bin/env bash
# Every check there is: style, types, all tests (slow and browser ones too), documentation.
set -euo pipefail
cd "$(dirname "$0")/.."

# Browser tests need Chromium, its driver and a screen without a monitor; the documentation's commands need curl.
missing=()
command -v chromium >/dev/null || missing+=(chromium fonts-noto-color-emoji)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v Xvfb >/dev/null || missing+=(xvfb)
command -v xdotool >/dev/null || missing+=(xdotool)
command -v curl >/dev/null || missing+=(curl)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} ..."
  apt-get -o DPkg::Lock::Timeout=120 update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq "${missing[@]}" >/dev/null
fi
.venv/bin/ruff check src tests benchmarks tools
.venv/bin/ruff format --check src tests benchmarks tools
.venv/bin/mypy
.venv/bin/python -m pytest -m "not slow and not browser" -n logical --maxprocesses 4 --dist worksteal
.venv/bin/python -m pytest -m "slow or browser" -n 2 --dist worksteal
.venv/bin/python -m tools.reference --check
.venv/bin/zensical build --strict
