"""The public names: sorted, few, real, documented."""

from __future__ import annotations

import subprocess
import sys

import watchword


def test_public_names_are_sorted_and_few() -> None:
    assert watchword.__all__ == sorted(watchword.__all__)
    assert len(watchword.__all__) <= 25


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in watchword.__all__:
        assert getattr(watchword, name).__doc__, name


def test_importing_the_package_loads_nothing() -> None:
    program = "import sys, watchword; print(sum(name.startswith('watchword.') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"0\n"
