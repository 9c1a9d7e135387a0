"""A person, as far as the browser can tell: plain Chromium on a screen without a monitor, moved by OS-level input.

`person_bank.py ADDRESS [SEED]`. Keys and movements have the timing of a simulated person; no debugging port is open.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_void_p

import numpy as np
from texts import FIELDS, PASSWORD

from watchword.learning.typists import DIGIT, LETTERS, SPACE, Typist, make_typist

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--password-store=basic", "--window-position=0,0",
    "--window-size=1440,900",
)  # fmt: skip
ROWS = {10: "1234567890-", 24: "qwertyuiop", 38: "asdfghjkl", 52: "zxcvbnm"}
CODES = {letter: first + at for first, row in ROWS.items() for at, letter in enumerate(row)} | {" ": 65}
TAB, RETURN = 23, 36
"""Key codes of a PC keyboard."""


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """A screen; the environment in which programs find it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield dict(os.environ, DISPLAY=f":{os.read(reading, 16).decode().strip()}")
    finally:
        server.terminate()
        server.wait()


Moments = list[tuple[float, int, bool]]


class Keyboard:
    """Keys pressed through the XTEST extension, as xdotool presses them."""

    def __init__(self, display: str) -> None:
        self._x, self._test = CDLL("libX11.so.6"), CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = c_void_p
        self._display = c_void_p(self._x.XOpenDisplay(display.encode()))

    def play(self, moments: Moments) -> None:
        """Presses and lets go at those moments (ms)."""
        began = time.perf_counter()
        for at, code, down in sorted(moments):
            time.sleep(max(0.0, at / 1000 - (time.perf_counter() - began)))
            self._test.XTestFakeKeyEvent(self._display, code, down, 0)
            self._x.XFlush(self._display)

    def press(self, code: int, milliseconds: float) -> None:
        """One key."""
        self.play([(0.0, code, True), (milliseconds, code, False)])


def keys(typist: Typist, text: str, rng: np.random.Generator) -> Moments:
    """When that person presses and lets go the keys of a text: they overlap, as they do when people type."""
    numbers = [LETTERS.index(one) if one in LETTERS else SPACE if one == " " else DIGIT for one in text]
    moments: Moments = []
    at = 0.0
    for place, (one, number) in enumerate(zip(text, numbers, strict=True)):
        if place:
            at += float(np.exp(typist.gaps[numbers[place - 1], number] + rng.normal(0, typist.scatter)))
        hold = float(np.exp(typist.holds[number] + rng.normal(0, typist.hold_scatter)))
        if place + 1 < len(text) and text[place + 1] == one:
            hold = min(hold, 80.0)
        moments += [(at, CODES[one], True), (at + hold, CODES[one], False)]
    return moments


def timed(moments: list[tuple[float, str]]) -> list[str]:
    """Words with the pauses between them."""
    words: list[str] = []
    last = moments[0][0]
    for at, what in moments:
        if at > last:
            words += ["sleep", f"{(at - last) / 1000:.4f}"]
        words += what.split()
        last = at
    return words


def movements(typist: Typist, rng: np.random.Generator, strokes: int) -> list[str]:
    """xdotool's words for moving the mouse about, with a click at each end, over places where nothing happens."""
    moments = []
    for one in typist.hand.move(rng, 0.0, strokes):
        x, y = max(5, min(900, int(one.x))), max(120, min(880, int(one.y)))
        moments.append((one.t, f"mousemove {x} {y}" if one.kind == "move" else ""))
    return timed([(at, what) for at, what in moments if what])


def main(address: str, seed: int) -> None:
    """Signs in and sends money, by Tab and Return, as people do who know the page."""
    typist = make_typist(seed, 2)
    rng = typist.randomness(9)
    profile = tempfile.mkdtemp()
    with screen() as there:
        browser = subprocess.Popen(
            ["/usr/bin/chromium", *FLAGS, f"--user-data-dir={profile}", f"--app={address}"], env=there,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

        def act(words: list[str]) -> None:
            subprocess.run(["xdotool", "-"], input="\n".join(lines(words)), text=True, env=there, check=True)

        try:
            wait_for_window(there)
            board = Keyboard(there["DISPLAY"])
            time.sleep(2.5)
            act(movements(typist, rng, 4))
            act(["mousemove", "1250", "860"])
            board.play(keys(typist, PASSWORD, rng))
            time.sleep(float(rng.uniform(0.3, 0.7)))
            board.press(RETURN, 90)
            time.sleep(3)
            act(movements(typist, rng, 8))
            for text in FIELDS.values():
                board.play(keys(typist, text, rng))
                time.sleep(float(rng.uniform(0.2, 0.6)))
                board.press(TAB, float(rng.uniform(70, 120)))
            time.sleep(float(rng.uniform(0.3, 0.7)))
            board.press(RETURN, 80)
            time.sleep(2.5)
        finally:
            browser.terminate()
            browser.wait()
            shutil.rmtree(profile, ignore_errors=True)


def lines(words: list[str]) -> Iterator[str]:
    """One command a line, as `xdotool -` reads them."""
    takes = {"sleep": 1, "mousemove": 2}
    at = 0
    while at < len(words):
        count = 1 + takes[words[at]]
        yield " ".join(words[at : at + count])
        at += count


def wait_for_window(there: dict[str, str]) -> None:
    """Waits until the bank's window is there."""
    for _ in range(150):
        found = subprocess.run(
            ["xdotool", "search", "--name", "Demo bank"], env=there, capture_output=True, text=True, check=False
        )
        if found.stdout.split():
            return
        time.sleep(0.1)
    raise RuntimeError("Chromium's window did not come.")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 11)
