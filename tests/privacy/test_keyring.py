"""The ring: one file its owner alone reads; purposes apart; older keys open, the newest seals."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchword.errors import ConfigurationError, SealBroken
from watchword.privacy.keyring import FILE_NAME, KeyRing


def test_the_file_is_made_once_and_only_its_owner_reads_it(tmp_path):
    ring = KeyRing.open(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert KeyRing.open(tmp_path).derive("user") == ring.derive("user")


def test_processes_that_start_together_agree_on_the_ring(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing.open(tmp_path), range(16)))
    assert len({ring.derive("user") for ring in rings}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_every_purpose_has_a_key_of_its_own():
    ring = KeyRing.fresh()
    assert len({ring.derive(purpose) for purpose in ("pseudonyms", "ledger", "other")}) == 3
    sealed = ring.cipher("windows", b"row").seal(b"x", b"t", b"row")
    with pytest.raises(SealBroken):
        ring.cipher("records", b"row").open(sealed, b"t", b"row")


def test_after_a_rotation_old_rows_open_and_hashes_stay(tmp_path):
    ring = KeyRing.open(tmp_path)
    old = ring.cipher("windows", b"row").seal(b"x", b"t", b"row")
    rotated = ring.rotated()
    rotated.save(tmp_path)
    again = KeyRing.open(tmp_path)
    assert (ring.active, again.active) == (1, 2)
    assert again.derive("pseudonyms") == ring.derive("pseudonyms")
    assert again.cipher("windows", b"row", 1).open(old, b"t", b"row") == b"x"
    with pytest.raises(SealBroken):
        again.cipher("windows", b"row").open(old, b"t", b"row")


def test_a_running_process_finds_the_key_that_another_one_added(tmp_path):
    running = KeyRing.open(tmp_path)
    rotated = running.rotated()
    rotated.save(tmp_path)
    sealed = rotated.cipher("wrap", b"row").seal(b"x", b"t", b"row")
    assert running.cipher("wrap", b"row", 2).open(sealed, b"t", b"row") == b"x"


def test_a_key_that_is_nowhere_is_named():
    with pytest.raises(SealBroken, match="no sealing key 7"):
        KeyRing.fresh().cipher("wrap", b"", 7)


@pytest.mark.parametrize("text", ["", "hash:AAAA", "1:" + "A" * 44, "hash:!!,1:!!", "hash:AA==,one:AA=="])
def test_a_broken_ring_is_refused_without_repeating_it(text):
    with pytest.raises(ConfigurationError) as refusal:
        KeyRing.parse(text)
    assert "AA" not in str(refusal.value)


def test_the_ring_may_come_from_one_line(tmp_path):
    ring = KeyRing.open(tmp_path)
    lines = [line for line in (tmp_path / FILE_NAME).read_text().splitlines() if not line.startswith("#")]
    assert KeyRing.parse(",".join(lines)).derive("pseudonyms") == ring.derive("pseudonyms")
