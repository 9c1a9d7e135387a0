"""Population models: what the modalities learnt of a deployment's own people. Kept in versions, one of them in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from watchword.behaviour.rhythm import Backgrounds
from watchword.ports import Record, Records

KIND = "behaviour_model"
CURRENT = "current"


class Populations(Struct, frozen=True):
    """The models of one training. `backgrounds` by modality, as plain values; `people` were learnt from.

    `report` is what it measured on people who were left out.
    """

    version: int
    made_ms: int
    people: int
    backgrounds: dict[str, Any] = {}
    report: dict[str, Any] = {}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Populations)


async def keep(
    records: Records, backgrounds: Backgrounds, people: int, report: Mapping[str, Any], now_ms: int
) -> Populations:
    """Keeps a new version and puts it into use; the earlier ones stay."""
    held = [one.name for one in await records.all(KIND) if one.name != CURRENT]
    version = 1 + max((int(name[1:]) for name in held), default=0)
    plain = {name: msgspec.to_builtins(one, builtin_types=(bytes,)) for name, one in backgrounds.items()}
    made = Populations(version, now_ms, people, plain, dict(report))
    body = _encoder.encode(made)
    for name in (f"v{version}", CURRENT):
        await records.put(Record(KIND, name, body, at_ms=now_ms))
    return made


async def in_use(records: Records) -> Populations | None:
    """The models in use; None where none were trained."""
    found = await records.get(KIND, CURRENT)
    return _decoder.decode(found.body) if found is not None else None


async def use(records: Records, version: int, now_ms: int) -> Populations | None:
    """Goes to another version that was kept; None where there is none."""
    found = await records.get(KIND, f"v{version}")
    if found is None:
        return None
    await records.put(Record(KIND, CURRENT, found.body, at_ms=now_ms))
    return _decoder.decode(found.body)
