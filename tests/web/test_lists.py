"""Lists and overrides over HTTP: live at once, bounded by their end, audited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.web.house import NOON, House, login


async def action(house: House, **changes: Any) -> str:
    return str((await house.send(login(**changes))).json()["action"])


async def test_a_block_list_acts_at_once_and_until_it_ends(house: House) -> None:
    entry = {
        "list": "block",
        "kind": "ip",
        "value": "192.0.2.0/24",
        "reason": "stuffing",
        "expiresAt": (NOON + timedelta(hours=1)).isoformat(),
    }
    added = await house.ask("analyst", "POST", "/api/v1/lists", json=entry)
    assert added.status_code == 201
    assert added.json()["by"] == "analyst:analyst"
    assert await action(house) == "block"
    assert await action(house, ip="198.51.100.1") == "allow"
    house.clock.pass_by(hours=1)
    assert await action(house, occurredAt=house.clock.now.isoformat()) == "allow"


async def test_an_entry_taken_off_no_longer_acts(house: House) -> None:
    entry = {"list": "block", "kind": "user", "value": "ada"}
    made = (await house.ask("admin", "POST", "/api/v1/lists", json=entry)).json()
    assert await action(house) == "block"
    assert (await house.ask("admin", "DELETE", f"/api/v1/lists/{made['id']}")).status_code == 204
    assert await action(house) == "allow"
    assert (await house.ask("admin", "DELETE", f"/api/v1/lists/{made['id']}")).status_code == 404


async def test_the_same_value_again_takes_the_place_of_the_former(house: House) -> None:
    for reason in ("first", "second"):
        await house.ask(
            "admin", "POST", "/api/v1/lists", json={"list": "block", "kind": "user", "value": "eve", "reason": reason}
        )
    entries = (await house.ask("admin", "GET", "/api/v1/lists")).json()["entries"]
    assert [(one["value"], one["reason"]) for one in entries] == [("eve", "second")]


@pytest.mark.parametrize("act", ["allow", "monitor", "verify", "block"])
async def test_an_override_decides_alone(house: House, act: str) -> None:
    end = (NOON + timedelta(days=1)).isoformat()
    override = {"action": act, "kind": "user", "value": "ada", "reason": "asked by her", "expiresAt": end}
    made = await house.ask("analyst", "POST", "/api/v1/overrides", json=override)
    assert made.status_code == 201
    await house.ask("analyst", "POST", "/api/v1/lists", json={"list": "block", "kind": "user", "value": "ada"})
    assert await action(house) == act
    await house.ask("analyst", "DELETE", f"/api/v1/overrides/{made.json()['id']}")
    assert await action(house) == "block"


async def test_lists_and_overrides_are_kept_apart(house: House) -> None:
    entry = (
        await house.ask("admin", "POST", "/api/v1/lists", json={"list": "allow", "kind": "asn", "value": "AS64500"})
    ).json()
    assert entry["value"] == "64500"
    assert (await house.ask("admin", "GET", "/api/v1/overrides")).json() == {"entries": []}
    assert (await house.ask("admin", "DELETE", f"/api/v1/overrides/{entry['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("lists", {"list": "grey", "kind": "ip", "value": "1"}, "list"),
        ("lists", {"list": "block", "kind": "ip", "value": "nowhere"}, "value"),
        ("lists", {"list": "block", "kind": "country", "value": "Norway"}, "value"),
        ("lists", {"list": "block", "kind": "asn", "value": "0"}, "value"),
        ("lists", {"list": "block", "kind": "user", "value": "a", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ("overrides", {"action": "allow", "kind": "user", "value": "a", "reason": "r"}, "expiresAt"),
        ("overrides", {"action": "allow", "kind": "user", "value": "a", "expiresAt": "2099-01-01T00:00:00Z"}, "reason"),
        (
            "overrides",
            {"action": "allow", "kind": "user", "value": "a", "reason": " ", "expiresAt": "2099-01-01T00:00:00Z"},
            "reason",
        ),
    ],
    ids=str,
)
async def test_wrong_entries_are_refused_with_their_field(house: House, path: str, body: Any, field: str) -> None:
    answer = await house.ask("admin", "POST", f"/api/v1/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


async def test_changes_are_audited(house: House) -> None:
    made = (
        await house.ask("admin", "POST", "/api/v1/lists", json={"list": "block", "kind": "user", "value": "eve"})
    ).json()
    await house.ask("admin", "DELETE", f"/api/v1/lists/{made['id']}")
    assert [act for act in (await house.acts()) if " list." in act] == [
        "admin:admin list.put user:eve", f"admin:admin list.remove {made['id']}",
    ]  # fmt: skip
