"""Runs what the documentation shows: commands in one terminal a page, programs in their own process, real parts only.

A fenced block of `sh` or `python` is run; one of `text` or `json` directly after it is what it prints. In there a line
`...`, or `...` within a line, stands for anything; letters are compared and figures are not, because times, ids and the
place file differ from day to day. A `python` block with a title is a file of that name. A block that can not run has
the line `<!-- not run: reason -->` before it.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, zip_longest
from pathlib import Path
from uuid import uuid4

import httpx

ROOT = Path(__file__).parent.parent
RUN, SHOWN = ("sh", "python"), ("text", "json", "toml")
IN_A_PAGE = ("js", "html")
"""Run in Chromium, by `tests/browser/test_collector_docs.py`."""

_PORTS = re.compile(r"(127\.0\.0\.1:|--port )(8000|8001)\b")
PYTHON_TRIES = 3
PATIENT = {"WATCHWORD_BUDGET_MS": 10_000, "WATCHWORD_PART_SHARE_MS": 10_000, "WATCHWORD_COMMIT_DEADLINE_MS": 30_000}
_FENCE = re.compile(r"^```(\S*)(?: +title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*\Z", re.DOTALL)
_FIGURES = re.compile(r"\b[0-9a-f]{8,}\b|\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Snippet:
    """A fenced block. `prints` is the output shown after it, `not_run` why it is not executed."""

    language: str
    title: str
    text: str
    line: int
    not_run: str | None
    prints: str | None

    @property
    def runs(self) -> bool:
        """Whether the tests execute it."""
        return self.language in RUN and self.not_run is None


def pages() -> list[Path]:
    """Every page whose snippets are run."""
    docs = ROOT / "docs"
    return [ROOT / "README.md", *sorted(docs.glob("tutorial/*.md")), *sorted(docs.glob("how-to/*.md"))]


def snippets(page: Path) -> list[Snippet]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    made = []
    for one, after in zip_longest(found, found[1:]):
        excuse = _NOT_RUN.search(text[: one.start()])
        answers = after is not None and after[1] in SHOWN and not text[one.end() : after.start()].strip()
        line = text.count("\n", 0, one.start()) + 1
        shown = after[3] if after is not None and answers else None
        made.append(Snippet(one[1], one[2] or "", one[3], line, excuse[1] if excuse else None, shown))
    return made


def check_shown(snippet: Snippet) -> None:
    """Raises ValueError where a block that is only shown is not of its language, or is of none."""
    if snippet.language == "json":
        json.loads(snippet.text) if "..." not in snippet.text else None
    elif snippet.language == "toml":
        tomllib.loads(snippet.text)
    elif snippet.language not in (*RUN, *SHOWN, *IN_A_PAGE):
        raise ValueError(f"line {snippet.line}: a block of {snippet.language or 'no language'}")


def agrees(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows."""
    parts = [re.escape(_blurred(part)) for part in re.split(r"\s*\.\.\.\s*", shown.strip())]
    return re.fullmatch(r"\s*.*?\s*".join(parts), _blurred(printed.strip()), re.DOTALL) is not None


def _blurred(text: str) -> str:
    return " ".join(_FIGURES.sub("0", text).split())


_candidates = count(20_000 + os.getpid() % 1_000 * 12)


def free_port() -> int:
    """A port of loopback that nobody listens on, of those that the system gives to nobody by itself meanwhile."""
    for port in _candidates:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("There is no free port.")


class Terminal:
    """A shell in a folder of its own, with `watchword` and the examples. What is started in it ends with it.

    The service that pages reach on port 8000 listens on a free port here; so does their application on port 8001.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._ports = {"8000": self.port, "8001": free_port()}
        self.errors = folder / "errors.log"
        (folder / "examples").symlink_to(ROOT / "examples")
        self.environment = _environment(folder) | {"WATCHWORD_PORT": str(self.port)}
        with self.errors.open("w") as errors:
            self._bash = subprocess.Popen(
                ["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                cwd=folder, env=self.environment, start_new_session=True,
            )  # fmt: skip
        self.run("trap 'FAILED=$?' ERR")

    @property
    def url(self) -> str:
        """Where the service is, once a page started it."""
        return f"http://127.0.0.1:{self.port}"

    def play(self, snippet: Snippet) -> str:
        """Runs a block; what it printed. Raises AssertionError where it fails, or prints other things than shown."""
        if snippet.language == "sh":
            printed = self.run(snippet.text)
        elif snippet.title:
            (self.folder / snippet.title).write_text(self._here(snippet.text), encoding="utf-8")
            return ""
        else:
            printed = self._python(snippet)
        if snippet.prints is not None:
            shown = self._here(snippet.prints)
            assert agrees(shown, printed), f"line {snippet.line} shows\n{shown}\nand prints\n{printed}"
        return printed

    def run(self, text: str, patience_s: float = 400) -> str:
        """Runs commands in the shell; their output. Raises AssertionError where one fails or it takes too long."""
        script, mark = self.folder / ".commands", uuid4().hex
        script.write_text(self._here(text), encoding="utf-8")
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"FAILED=0; . ./{script.name} </dev/null; echo; echo {mark} $FAILED\n".encode())
        self._bash.stdin.flush()
        printed, _, rest = self._until(mark, patience_s).partition(mark)
        assert rest.strip() == "0", f"{text}\nends with {rest.strip()}:\n{printed}\n{self.errors.read_text()}"
        return printed

    def serve(self) -> None:
        """Starts the service for pages that suppose one, and gives them `URL`."""
        self.run(f"watchword serve &\nURL={self.url}")
        self.wait()

    def wait(self, patience_s: float = 300) -> None:
        """Waits until the service answers."""
        ends = time.monotonic() + patience_s
        while True:
            try:
                httpx.get(f"{self.url}/ready", timeout=60)
                return
            except httpx.TransportError:
                assert time.monotonic() < ends, self.errors.read_text()
                time.sleep(0.1)

    def close(self) -> None:
        """Ends the shell and everything that was started in it."""
        os.killpg(self._bash.pid, signal.SIGTERM)
        self._bash.communicate(timeout=60)

    def _here(self, text: str) -> str:
        return _PORTS.sub(lambda found: f"{found[1]}{self._ports[found[2]]}", text)

    def _python(self, snippet: Snippet) -> str:
        """What a program prints. It judges in its own process, by the clock: where the machine was late, once more."""
        printed = ""
        for _ in range(PYTHON_TRIES):
            ran = subprocess.run(
                [sys.executable, "-"], input=self._here(snippet.text), capture_output=True, text=True, timeout=400,
                check=False, cwd=self.folder, env=self.environment,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stderr
            printed = ran.stdout
            if snippet.prints is None or agrees(self._here(snippet.prints), printed):
                break
        return printed

    def _until(self, mark: str, patience_s: float) -> str:
        assert self._bash.stdout is not None
        stream, ends, read = self._bash.stdout.fileno(), time.monotonic() + patience_s, b""
        while not (mark.encode() in read and read.endswith(b"\n")):
            ready, _, _ = select.select([stream], [], [], max(0.0, ends - time.monotonic()))
            chunk = os.read(stream, 65_536) if ready else b""
            assert chunk, f"no end within {patience_s:g} s: {read.decode(errors='replace')}\n{self.errors.read_text()}"
            read += chunk
        return read.decode()


def _environment(folder: Path) -> dict[str, str]:
    """What a person's shell has, without any setting of ours. Feeds are not fetched, and a slow machine has its time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "FRAUD_"))}
    path = f"{Path(sys.executable).parent}:{kept.get('PATH', '')}"
    shell = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "100"}
    patient = {name: str(most) for name, most in PATIENT.items()}
    return kept | shell | patient | {"WATCHWORD_FEEDS_REFRESH": "false"}
