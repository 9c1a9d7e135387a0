"""A person at the recipe's checkout, as far as the browser can tell: OS-level keys and movements with human timing.

`person_checkout.py ADDRESS [SEED]`
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time

from person_bank import FLAGS, RETURN, TAB, Keyboard, keys, lines, movements, screen
from playwright_checkout import ORDER

from watchword.learning.typists import make_typist


def main(address: str, seed: int) -> None:
    """Fills in the form by Tab and buys with Return."""
    typist = make_typist(seed, 2)
    rng = typist.randomness(9)
    profile = tempfile.mkdtemp()
    with screen() as there:
        browser = subprocess.Popen(
            ["/usr/bin/chromium", *FLAGS, f"--user-data-dir={profile}", f"--app={address}"], env=there,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

        try:
            for _ in range(150):
                named = ["xdotool", "search", "--name", "Checkout"]
                if subprocess.run(named, env=there, capture_output=True, text=True, check=False).stdout.split():
                    break
                time.sleep(0.1)
            time.sleep(2.5)
            board = Keyboard(there["DISPLAY"])
            words = "\n".join(lines(movements(typist, rng, 6)))
            subprocess.run(["xdotool", "-"], input=words, text=True, env=there, check=True)
            for text in ORDER.values():
                board.press(TAB, float(rng.uniform(70, 120)))
                time.sleep(float(rng.uniform(0.2, 0.6)))
                board.play(keys(typist, text.replace("@", " at ").replace(".", " "), rng))
            time.sleep(float(rng.uniform(0.3, 0.7)))
            board.press(RETURN, 90)
            time.sleep(2)
        finally:
            browser.terminate()
            browser.wait()
            shutil.rmtree(profile, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 11)
