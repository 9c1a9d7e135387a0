"""`watchword scan` on a million lines: a real auth log repeated, each time a little later, in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import msgspec
from tests import reference

LINES = 1_000_000
YEAR = 2025
COMMAND = (sys.executable, "-c", "from watchword.cli import main; main()", "scan", "--json", "--year", str(YEAR))


def repeated(log: Path, into: Path, lines: int) -> None:
    """Writes `lines` lines: the log again and again, each copy right after the one before, process ids apart."""
    original = log.read_text().splitlines()
    times = [datetime.strptime(f"{YEAR} {line[:15]}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC) for line in original]
    length = times[-1] - times[0] + timedelta(minutes=1)
    start = times[0] - length * (lines // len(original))
    with into.open("w") as out:
        for number in range(lines):
            copy, at = divmod(number, len(original))
            when = start + (times[at] - times[0]) + length * copy
            out.write(f"{when:%b} {when.day:2d} {when:%H:%M:%S}{original[at][15:]}\n")


def main() -> None:
    """Prints the sentence that the report begins with, then the figures as JSON."""
    log = reference.root() / "logs" / "OpenSSH_2k.log"
    if not log.exists():
        sys.exit(f"{log} is absent: point {reference.VARIABLE} at a folder that has it")
    lines = int(os.environ.get("LINES_TO_SCAN", LINES))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "auth.log"
        repeated(log, target, lines)
        began = perf_counter()
        done = subprocess.run([*COMMAND, str(target)], check=True, stdout=subprocess.PIPE)
        seconds = perf_counter() - began
    report = msgspec.json.decode(done.stdout)
    print(report["sentence"])
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime
    print(
        f"{lines:,} lines, {report['counts']['attempts']:,} log-ins in {seconds:.1f} s, {cpu:.1f} s of processor time"
    )
    figures = {
        "seconds": round(seconds, 2),
        "lines_per_s": round(lines / seconds),
        "logins_per_s": round(report["counts"]["attempts"] / seconds),
        "peak_mb": round(spent.ru_maxrss / 1024, 1),
    }
    print(msgspec.json.encode(figures).decode())


if __name__ == "__main__":
    main()
