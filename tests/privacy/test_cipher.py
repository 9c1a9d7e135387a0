"""Sealed rows open in their own place, under their own key, unaltered; nowhere else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import SealBroken
from watchword.privacy.cipher import Cipher, Unsealed

KEY = os.urandom(32)


@given(st.binary(max_size=3000), st.binary(max_size=40))
def test_what_was_sealed_opens(plain, row):
    sealed = Cipher(KEY).seal(plain, b"decision", row)
    assert len(sealed) == len(plain) + 28
    assert Cipher(KEY).open(sealed, b"decision", row) == plain


def test_the_same_row_never_looks_the_same_twice():
    assert Cipher(KEY).seal(b"x", b"t", b"r") != Cipher(KEY).seal(b"x", b"t", b"r")


@pytest.mark.parametrize(
    "open_it",
    [
        lambda sealed: Cipher(KEY).open(sealed, b"state", b"row"),
        lambda sealed: Cipher(KEY).open(sealed, b"decision", b"other"),
        lambda sealed: Cipher(KEY).open(sealed, b"decisio", b"n\0row"),
        lambda sealed: Cipher(os.urandom(32)).open(sealed, b"decision", b"row"),
        lambda sealed: Cipher(KEY).open(sealed[:-1], b"decision", b"row"),
        lambda sealed: Cipher(KEY).open(b"", b"decision", b"row"),
    ],
)
def test_elsewhere_it_does_not_open(open_it):
    sealed = Cipher(KEY).seal(b"secret", b"decision", b"row")
    with pytest.raises(SealBroken):
        open_it(sealed)


@given(st.data())
def test_any_altered_bit_is_noticed(data):
    sealed = bytearray(Cipher(KEY).seal(b"secret of some length", b"decision", b"row"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        Cipher(KEY).open(bytes(sealed), b"decision", b"row")


def test_unsealed_is_what_it_says():
    assert Unsealed().open(Unsealed().seal(b"plain", b"t", b"r"), b"t", b"r") == b"plain"
