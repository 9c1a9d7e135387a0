"""How sessions are named and proved: keyed hashes instead of ids, tokens of which only digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from watchword.errors import Conflict, NotFound, Unauthenticated
from watchword.events.pseudonym import Pseudonyms, short
from watchword.ports import SessionKey, SessionStore
from watchword.state.session import Session

REFUSED = "This token does not open this session, or the session is over."
TOKEN_BYTES, KEY_BYTES = 32, 16


class Names:
    """The keyed hashes of a deployment's sessions."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def owner(self, user_id: str) -> bytes:
        """What stands for a person."""
        return self._pseudonyms.of("user", user_id)

    def session(self, session_id: str) -> bytes:
        """What stands for a session id, whoever's."""
        return self._pseudonyms.of("session", session_id)

    def key(self, user_id: str, session_id: str) -> SessionKey:
        """What stands for a person's session: ids may be the caller's own, and several users' the same."""
        owner = self.owner(user_id)
        key = self._pseudonyms.digest("live session", owner + session_id.encode("utf-8", "surrogatepass"))
        return SessionKey(key, self.session(session_id), owner)

    def subject(self, kind: str, value: str | None) -> int:
        """What stands for a beneficiary or a transaction; 0 for none."""
        return short(self._pseudonyms.of_new(kind, value)) if value else 0


def new_token(key: bytes) -> tuple[str, bytes]:
    """A token of the session with that key, and the digest to keep of it."""
    secret = secrets.token_bytes(TOKEN_BYTES)
    return urlsafe_b64encode(key + secret).decode().rstrip("="), digest(secret)


def read_token(token: str) -> tuple[bytes, bytes]:
    """The session's key and the digest of the secret in a token. Raises Unauthenticated for what is no token."""
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Base64Error, ValueError):
        whole = b""
    if len(whole) != KEY_BYTES + TOKEN_BYTES:
        raise Unauthenticated(REFUSED)
    return whole[:KEY_BYTES], digest(whole[KEY_BYTES:])


def digest(secret: bytes) -> bytes:
    """What is kept of a token's secret: 32 random bytes need no slow hash."""
    return hashlib.sha256(secret).digest()


def bound(owner: bytes, mpin: str) -> str:
    """An MPIN as it is hashed: bound to its person."""
    return f"{owner.hex()}:{mpin}"


async def locate(store: SessionStore, names: Names, session_id: str, user_id: str | None) -> tuple[SessionKey, Session]:
    """The newest session of that id. Raises NotFound; Conflict where several users have one and none is named."""
    if user_id is not None:
        key = names.key(user_id, session_id)
        session = await store.session(key.key)
        known = {key.key: (key, session)} if session is not None else {}
    else:
        every = await store.find(session=names.session(session_id), limit=64)
        known = {key.key: (key, session) for key, session in reversed(every)}
    if not known:
        raise NotFound("There is no such session.")
    if len(known) > 1:
        raise Conflict("Several users have a session of that id; say whose by userId.")
    return next(iter(known.values()))
