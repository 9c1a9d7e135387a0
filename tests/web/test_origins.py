"""What pages of another origin may call, read, and bring along: by their browser's rules, which the headers set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.web.house import House

from watchword.errors import ConfigurationError
from watchword.web.devices import EXAMPLE
from watchword.web.origins import Origins

ONE, ALL = "/api/fraud-detection/device-fingerprint", "/api/fraud-detection/device-fingerprints"
SHOP, EVIL = "https://shop.example", "https://evil.example"
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture
async def shop() -> AsyncIterator[House]:
    house = House(origins=Origins([SHOP]))
    yield house
    house.close()


def cors(answer: httpx.Response) -> dict[str, str]:
    """What the answer tells a browser about other origins."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def asks_first(house: House, path: str, origin: str, **headers: str) -> httpx.Response:
    """A browser's preflight: no key, no cookie."""
    return await house.ask(None, "OPTIONS", path, headers={"origin": origin} | ASKS | headers)


async def test_the_device_call_is_open_to_an_allowed_page_with_the_devices_cookie(shop: House) -> None:
    asked = await asks_first(shop, ONE, SHOP)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == SHOP
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(asked.headers["access-control-allow-headers"].split(", "))
    opened = await shop.ask("service", "POST", "/api/v1/sessions", json={"userId": "ada", "method": "pin"})
    page, body = opened.json(), {name: value for name, value in EXAMPLE.items() if name != "userId"}
    headers = {"origin": SHOP, "authorization": f"Bearer {page['sessionToken']}"}
    told = await shop.ask(None, "POST", ONE, headers=headers, json=body | {"sessionId": page["sessionId"]})
    assert (told.status_code, told.json()["id"][:4]) == (200, "dvc_")
    assert told.headers["access-control-allow-credentials"] == "true"
    assert told.headers["set-cookie"].startswith("ww_device=")
    assert "origin" in told.headers["vary"]


@pytest.mark.parametrize("path", [ONE, ALL, "/api/v1/sessions", "/api/v1/behavior/score"])
async def test_other_origins_get_no_word(shop: House, path: str) -> None:
    for origin in (EVIL, "null", SHOP + ".evil.example", "http://shop.example", SHOP + ":8443", SHOP.upper()):
        assert cors(await asks_first(shop, path, origin)) == {}, origin
        assert cors(await shop.ask("service", "POST", path, json={}, headers={"origin": origin})) == {}, origin


async def test_a_failure_can_be_read_by_the_page_that_caused_it(shop: House) -> None:
    refused = await shop.ask(None, "POST", ONE, json=EXAMPLE, headers={"origin": SHOP})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize("path", [ALL, "/api/v1/sessions", "/api/v1/behavior/score", "/api/v1/users/ada/mpin"])
async def test_cookies_come_along_to_the_device_call_alone(shop: House, path: str) -> None:
    asked = await asks_first(shop, path, SHOP)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, SHOP)
    assert "access-control-allow-credentials" not in asked.headers


@pytest.mark.parametrize(
    "path", [f"{ALL}/dvc_0/trust", f"{ALL}/dvc_0/block", f"{ONE}/", "/api/admin/fraud/config", "/console", "/metrics"]
)
async def test_what_staff_do_is_shared_with_no_page(shop: House, path: str) -> None:
    assert cors(await asks_first(shop, path, SHOP)) == {}
    assert cors(await shop.ask("admin", "PUT", path, json={}, headers={"origin": SHOP})) == {}


async def test_without_allowed_origins_nothing_is_shared(house: House) -> None:
    assert cors(await asks_first(house, ONE, SHOP)) == {}


@pytest.mark.parametrize("wrong", ["*", "shop.example", "https://shop.example/app", "https://*.example", "null"])
def test_what_is_no_origin_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        Origins([wrong])
