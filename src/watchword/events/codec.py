"""JSON to events and back. Input is parsed here, at the edge; inside the core bad input can not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache, reduce
from ipaddress import ip_address
from operator import or_
from typing import Any

import msgspec

from watchword.errors import InvalidInput, TooFarAhead, TooLarge, TooOld
from watchword.events.account_activity import AccountActivity
from watchword.events.api_call import ApiCall
from watchword.events.behavior import Behavior
from watchword.events.commerce import DemandRegistration, Purchase, QueueJoin, Transaction
from watchword.events.event import Event
from watchword.events.invalid import as_invalid
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.logout import Logout
from watchword.events.verification import Verification

KINDS: tuple[type[Event], ...] = (
    AccountActivity, ApiCall, Behavior, DemandRegistration, Label, Login, Logout, Purchase, QueueJoin, Transaction,
    Verification,
)  # fmt: skip
NEEDS_USER = (AccountActivity, DemandRegistration, Login, Logout, Purchase, QueueJoin, Verification)
MAX_BODY_BYTES = 64_000
MAX_METADATA_BYTES = 8_000
MAX_LEVELS = 8
MOST_INTEGER = 2**63
YEARS = range(2, 9999)
"""The years that a time has in every zone of the world."""

MAX_AHEAD = timedelta(minutes=5)

_decoder = msgspec.json.Decoder(reduce(or_, KINDS))
_encoder = msgspec.json.Encoder()


def decode_event(body: bytes, idempotency_key: str | None = None) -> Event:
    """The event in `body`. `idempotency_key` stands for a missing `id`.

    Raises TooLarge over 64 kB, InvalidInput naming the field for anything else that is wrong.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"The body has {len(body):,} bytes; at most {MAX_BODY_BYTES:,} are taken.")
    if idempotency_key is not None:
        body = _with_id(body, idempotency_key)
    try:
        event = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None
    return normalise(event)


def encode_event(event: Event) -> bytes:
    """The event as JSON, absent fields left out."""
    return _encoder.encode(event)


def normalise(event: Event) -> Event:
    """One kind for one thing, checked beyond what the types can say: address, bounds, distinct claims.

    An address gets its one spelling, so that no other one makes it another address. An account activity that has an
    event kind of its own becomes that kind. Raises InvalidInput.
    """
    if event.global_user_id is not None:
        event = _with_one_user(event)
    if event.user_id is None and isinstance(event, NEEDS_USER):
        raise InvalidInput("Object missing required field `userId`", "userId")
    if event.ip is not None and (ip := address_of(event.ip)) != event.ip:
        if ip is None:
            raise InvalidInput("ip is not an IPv4 or IPv6 address.", "ip")
        event = msgspec.structs.replace(event, ip=ip)
    if event.metadata:
        _check_metadata(event.metadata)
    if event.user is not None and event.user.created_at is not None:
        check_year(event.user.created_at, "user.createdAt")
    if isinstance(event, AccountActivity):
        return _as_own_kind(event) if event.activity in ("login", "logout") else event
    if isinstance(event, Behavior):
        _check_tree(event.events, "events")
    elif isinstance(event, Transaction) and event.transaction_data.timestamp is not None:
        check_year(event.transaction_data.timestamp, "transactionData.timestamp")
    return event


@lru_cache(maxsize=16_384)
def address_of(text: str) -> str | None:
    """The one spelling of an address: the shortest (RFC 5952), no zone, IPv4 also where IPv6 maps it; None for none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found).partition("%")[0]


def check_year(moment: datetime, field: str) -> None:
    """Raises InvalidInput for a time that is in no year, in some zone of the world."""
    if moment.year not in YEARS:
        raise InvalidInput(f"{field} lies outside the years {YEARS[0]} to {YEARS[-1]}.", field)


def check_time(occurred_at: datetime, now: datetime, retention: timedelta) -> None:
    """Raises TooFarAhead or TooOld where the event lies outside what can be judged and remembered."""
    if occurred_at - now > MAX_AHEAD:
        raise TooFarAhead("occurredAt lies more than 5 minutes in the future.", "occurredAt")
    if now - occurred_at > retention:
        raise TooOld(f"occurredAt is older than the retention of {retention.days} days.", "occurredAt")


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _with_one_user(event: Event) -> Event:
    if event.user_id not in (None, event.global_user_id):
        raise InvalidInput("userId and globalUserId differ.", "globalUserId")
    return msgspec.structs.replace(event, user_id=event.global_user_id, global_user_id=None)


def _with_id(body: bytes, key: str) -> bytes:
    if not 1 <= len(key) <= 256:
        raise InvalidInput("The Idempotency-Key has 1 to 256 characters.", "Idempotency-Key")
    try:
        fields: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None
    if not isinstance(fields, dict):
        raise InvalidInput("The body must be a JSON object.")
    if fields.setdefault("id", key) != key:
        raise InvalidInput("id and Idempotency-Key differ.", "id")
    return _encoder.encode(fields)


def _check_metadata(metadata: dict[str, Any]) -> None:
    size = len(_encoder.encode(metadata))
    if size > MAX_METADATA_BYTES:
        raise TooLarge(f"metadata has {size:,} bytes; at most {MAX_METADATA_BYTES:,} are taken.", "metadata")
    _check_tree(metadata, "metadata")


def _check_tree(value: Any, field: str) -> None:
    """Raises InvalidInput for what is nested too deep, or holds whole numbers that can not be kept."""
    level: list[Any] = [value]
    for _ in range(MAX_LEVELS + (field != "metadata")):
        leaves = [child for parent in level for child in _children(parent)]
        if any(type(leaf) is int and not -MOST_INTEGER <= leaf < MOST_INTEGER for leaf in leaves):
            raise InvalidInput(f"{field} holds a whole number of more than 64 bits.", field)
        level = [leaf for leaf in leaves if isinstance(leaf, (dict, list, tuple))]
    if level:
        raise InvalidInput(f"{field} is nested deeper than {MAX_LEVELS} levels.", field)


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _as_own_kind(event: AccountActivity) -> Event:
    shared = {name: getattr(event, name) for name in Event.__struct_fields__}
    if event.activity == "logout":
        return Logout(**shared)
    if event.ip is None:
        raise InvalidInput("A log-in needs an ip.", "ip")
    return Login(**shared, result=event.result)
