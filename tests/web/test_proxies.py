"""Whose address a request comes from."""

from __future__ import annotations

import pytest
from tests.web.house import House

from watchword.errors import ConfigurationError
from watchword.web.limits import LOCAL
from watchword.web.proxies import Proxies

DECLARED = Proxies(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"])


def seen(peer: str | None, *forwarded: str, proxies: Proxies = DECLARED) -> str:
    return proxies.client(peer, [(b"x-forwarded-for", value.encode()) for value in forwarded])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.1",), "192.0.2.1"),  # nobody's proxy: the header is a claim
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("6.6.6.6, 198.51.100.1",), "198.51.100.1"),  # what the client wrote itself stands left
        ("10.0.0.1", ("198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.1", ("6.6.6.6", "198.51.100.1, 10.9.9.9"), "198.51.100.1"),
        ("10.0.0.1", ("10.1.1.1, 10.2.2.2",), "10.1.1.1"),
        ("10.0.0.1", ("198.51.100.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("nonsense, 10.2.2.2",), "10.2.2.2"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8::1", ("2001:db9::1",), "2001:db9::1"),
        (None, ("198.51.100.1",), LOCAL),
    ],
)
def test_the_header_is_read_right_to_left_from_declared_proxies_only(
    peer: str | None, forwarded: tuple[str, ...], client: str
) -> None:
    assert seen(peer, *forwarded) == client


def test_without_declared_proxies_the_peer_is_the_client() -> None:
    assert seen("127.0.0.1", "6.6.6.6", proxies=Proxies()) == "127.0.0.1"


def test_a_wrong_cidr_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"10\.0\.0\.0/99"):
        Proxies(["10.0.0.0/99"])


async def test_wrong_keys_count_against_the_client_behind_the_proxy() -> None:
    house = House(trusted_proxies=("127.0.0.1",))
    guess = {"authorization": "Bearer wrong"}

    async def tries(client: str) -> list[int]:
        headers = guess | {"x-forwarded-for": client}
        return [(await house.ask(None, "GET", "/api/v1/lists", headers=headers)).status_code for _ in range(21)]

    assert await tries("198.51.100.1") == 20 * [401] + [429]
    assert await tries("198.51.100.2") == 20 * [401] + [429]
