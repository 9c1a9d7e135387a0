"""The description of the API says what the API does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.web.house import House, login

from watchword.policy.explanation import WireDecision
from watchword.web.app import endpoints
from watchword.web.schema import document


def test_every_endpoint_is_described() -> None:
    described = {f"{method.upper()} {path}" for path, item in document()["paths"].items() for method in item}
    assert described == {one.name for one in endpoints()}
    for item in document()["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert operation["responses"]


def test_what_is_taken_refuses_unknown_fields() -> None:
    components = document()["components"]["schemas"]
    for one in endpoints():
        if one.takes is None:
            continue
        operation = document()["paths"][one.path][one.method.lower()]
        for name in refs(operation["requestBody"], components):
            assert components[name].get("additionalProperties") is False, name


def refs(value: Any, components: dict[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    if isinstance(value, list):
        return set().union(*(refs(one, components, seen) for one in value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, inner in value.items():
        if key == "$ref" and (name := inner.rpartition("/")[2]) not in seen:
            found |= {name} | refs(components[name], components, seen | {name})
        elif key != "discriminator":
            found |= refs(inner, components, seen)
    return found


def test_problems_are_documented_as_such() -> None:
    for item in document()["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("one", [one for one in endpoints() if one.takes is not None], ids=lambda one: one.name)
def test_every_example_is_valid(one: Any) -> None:
    assert one.example is not None
    msgspec.json.decode(msgspec.json.encode(one.example), type=one.documented or one.takes)


async def test_a_decision_is_as_described(house: House) -> None:
    for _ in range(8):
        answer = await house.send(login(result="failure"))
    decoded = msgspec.json.decode(answer.content)
    msgspec.convert(decoded, WireDecision)
    required = set(document()["components"]["schemas"]["WireDecision"]["required"])
    assert required <= decoded.keys()


async def test_people_get_a_page_and_programs_the_document(house: House) -> None:
    page = await house.ask(None, "GET", "/schema", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/events" in page.text
    assert "http" not in page.text.replace("HTTP", "").lower().replace("https://en", "")
    for path in ("/schema", "/schema/openapi.json"):
        assert (await house.ask(None, "GET", path)).json()["openapi"] == "3.1.0"
