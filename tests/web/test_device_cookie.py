"""The device cookie: written by us or worth nothing."""

from __future__ import annotations

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.devices import HOUR_MS, Cookie
from watchword.events.pseudonym import Pseudonyms
from watchword.web.device_cookie import NAME, CookieRules, CookieSigner, SameSite, carried, set_cookie

OURS = CookieSigner(Pseudonyms(bytes(range(32))))
OTHERS = CookieSigner(Pseudonyms(bytes(32)))
COOKIE = Cookie("dvc_" + "0123456789abcdef" * 2, 500_000 * HOUR_MS)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(device: bytes, hours: int) -> None:
    cookie = Cookie(f"dvc_{device.hex()}", hours * HOUR_MS)
    assert OURS.read(OURS.write(cookie)) == cookie
    assert OTHERS.read(OURS.write(cookie)) is None


def test_every_changed_bit_is_found() -> None:
    value = OURS.write(COOKIE)
    raw = bytearray(urlsafe_b64decode(value[3:]))
    for bit in range(len(raw) * 8):
        raw[bit // 8] ^= 1 << bit % 8
        assert OURS.read("v1." + urlsafe_b64encode(bytes(raw)).decode()) is None
        raw[bit // 8] ^= 1 << bit % 8
    assert OURS.read("v1." + urlsafe_b64encode(bytes(raw)).decode()) == COOKIE


@given(
    st.one_of(st.text(max_size=80), st.text(string.ascii_letters + "-_", min_size=48, max_size=48).map("v1.".__add__))
)
def test_rubbish_is_no_cookie(value: str) -> None:
    assert OURS.read(value) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (f"{NAME}=a", "a"), (f'x=1; {NAME}="a"; y=2', "a"), (f"{NAME}=a; {NAME}=b", "a"), (f"not_{NAME}=a", None),
        ("", None), (";;=;", None), (NAME, ""), (f"x={NAME}=a", None),
    ],
)  # fmt: skip
def test_it_is_found_among_others(header: str, value: str | None) -> None:
    assert carried(header) == value


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        (("lax", True), "HttpOnly; Secure; SameSite=Lax"), (("strict", False), "HttpOnly; SameSite=Strict"),
        (("none", False), "HttpOnly; Secure; SameSite=None"),
    ],
)  # fmt: skip
def test_how_it_is_set_follows_the_settings(rules: tuple[SameSite, bool], wanted: str) -> None:
    told = set_cookie("v", CookieRules(*rules))
    assert told.startswith(f"{NAME}=v; Path=/api/fraud-detection; Max-Age=34560000; ")
    assert told.endswith(wanted)


def test_the_cookie_says_nothing_of_its_bearer_and_the_key_is_not_the_deployments() -> None:
    assert len(OURS.write(COOKIE)) == 51
    assert OURS._key != Pseudonyms(bytes(range(32)))._key
