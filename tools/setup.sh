#!/usr/bin/env bash
# Makes .venv from the lock file, brings the city file into the data directory where the network allows, and builds the
# browser scripts where Node is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Watchword needs Python 3.11 or newer." >&2
  exit 1
fi
if [ ! -x .boot/bin/uv ]; then
  if ! python3 -m venv .boot 2>/dev/null; then
    rm -rf .boot
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get -o DPkg::Lock::Timeout=120 update -qq
      DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq python3-venv >/dev/null
      python3 -m venv .boot
    else
      echo "Install python3-venv first: apt install python3-venv" >&2
      exit 1
    fi
  fi
  .boot/bin/pip install -q --disable-pip-version-check uv
fi
echo "Installing into .venv ..."
[ -x .venv/bin/python ] || .boot/bin/uv venv -q --python python3 .venv
.boot/bin/uv pip install -q --python .venv/bin/python -e '.[dev,learn]' -c requirements.lock
.venv/bin/python -m watchword.enrichment.city "${WATCHWORD_DATA_DIR:-watchword-data}" ||
  echo "The city file could not be fetched: places are judged by country until 'make setup' succeeds online." >&2
bash tools/sdk.sh
