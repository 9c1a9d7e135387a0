"""Whether somebody who acts in this session is known from another account that was blocked or defrauded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from math import log

import msgspec
from msgspec import Struct

from watchword.behaviour.neighbours import Neighbours, Search
from watchword.behaviour.rhythm import learn_entries
from watchword.behaviour.template import Entry, Template
from watchword.behaviour.trust import Doubt
from watchword.policy.session_evidence import Examined
from watchword.ports import Records, Templates

CODE = "SAME_TYPIST_ELSEWHERE"
EVERY_MS = 30_000
MOST_WATCHED = 5_000
SPEAKS = 1.0
"""Under this (natural logarithm) a likeness is not worth telling."""

Entries = tuple[tuple[str, Entry], ...]
_HASH = 16


class Watched(Struct, frozen=True):
    """Why an account is watched: `blocked`, or `fraud` by a label; when (ms since 1970), and where to read on."""

    why: str
    at_ms: int
    link: str


class Lookalikes:
    """The index of templates across users, kept in memory, and the accounts that nobody else should be like.

    Rebuilt from the sealed templates at the start and, where any changed, every half minute: an erased person is gone
    from it then, at once by `forget`. A blocked session is watched by what was done in it, which no template learns.
    """

    def __init__(self, templates: Templates, records: Records, search: Search | None = None) -> None:
        self.index = Neighbours(search)
        self._search = search
        self._gone: set[bytes] = set()
        self._templates = templates
        self._records = records
        self._recent: OrderedDict[tuple[bytes, str], Entries] = OrderedDict()
        self._blocked: OrderedDict[bytes, tuple[Watched, Template]] = OrderedDict()
        self._watched: dict[bytes, Watched] = {}
        self._seen = (-1, -1)
        self._due_ms = 0

    async def refresh(self, now_ms: int) -> bool:
        """Takes in what changed, where it is time to look; whether anything had. Raises StoreError."""
        if now_ms < self._due_ms:
            return False
        self._due_ms = now_ms + EVERY_MS
        version = (await self._templates.version(), await self._records.version())
        if version == self._seen:
            return False
        if version[0] != self._seen[0]:
            await self._rebuild()
        labels = await self._records.all("label")
        self._watched = {
            one.owner: found for one in labels if one.owner and (found := _as_fraud(one.body, one.at_ms)) is not None
        }
        self._seen = version
        return True

    async def _rebuild(self) -> None:
        """A new index beside the old one, in a thread; whoever was forgotten meanwhile stays so."""
        self._gone.clear()
        blocked = [(key, template) for key, (_, template) in self._blocked.items()]
        fresh = Neighbours(self._search)
        await asyncio.to_thread(fresh.rebuild, [*await self._templates.all(), *blocked])
        for key in self._gone:
            fresh.drop(key)
        self.index = fresh

    def note_block(self, owner: bytes, session_id: str, at_ms: int) -> None:
        """Watches for whoever acted in a session that was blocked, if they did enough to be known again."""
        entries = self._recent.pop((owner, session_id), ())
        if not entries:
            return
        key = owner + session_id.encode()
        template = learn_entries(Template(), entries, at_ms)
        self._blocked[key] = (Watched("blocked", at_ms, f"/console/sessions/{session_id}"), template)
        self.index.put(key, template)
        self.index.settle()
        while len(self._blocked) > MOST_WATCHED:
            self.index.drop(self._blocked.popitem(last=False)[0])

    def forget(self, owner: bytes) -> None:
        """Forgets a person at once."""
        self._drop(owner)
        self._watched.pop(owner, None)
        for key in [key for key in self._blocked if key[:_HASH] == owner]:
            del self._blocked[key]
            self._drop(key)
        for known in [known for known in self._recent if known[0] == owner]:
            del self._recent[known]

    def witness(self, owner: bytes, session_id: str, examined: Examined) -> Sequence[Doubt]:
        """The doubt that the likeness to a watched account raises, if any (`sessions.senses.Witness`).

        The ratio is set off against how many accounts were looked through.
        """
        if not examined.entries:
            return ()
        self._remember(owner, session_id, examined.entries)
        watched = self._watched | {key: one for key, (one, _) in self._blocked.items()}
        others = frozenset(key for key in watched if key[:_HASH] != owner)
        near = self.index.near(examined.entries, owner, others, 1) if others else []
        if not near or (told := near[0].llr - log(len(others))) < SPEAKS:
            return ()
        found = watched[near[0].owner]
        details = {
            "account": near[0].owner[:_HASH].hex(), "link": found.link, "sinceMs": found.at_ms,
            "modality": near[0].modality,
        }  # fmt: skip
        done = "was blocked" if found.why == "blocked" else "was defrauded"
        return (Doubt(CODE, f"This is how somebody acts on another account, which {done}", -told, details),)

    def _drop(self, key: bytes) -> None:
        self.index.drop(key)
        self._gone.add(key)

    def _remember(self, owner: bytes, session_id: str, entries: Entries) -> None:
        self._recent[owner, session_id] = entries
        self._recent.move_to_end((owner, session_id))
        while len(self._recent) > MOST_WATCHED:
            self._recent.popitem(last=False)


def _as_fraud(body: bytes, at_ms: int) -> Watched | None:
    kept = msgspec.json.decode(body)
    if not isinstance(kept, dict) or kept.get("label") not in ("fraud", "chargeback"):
        return None
    return Watched("fraud", at_ms, f"/console/decisions/{kept.get('decisionId', '')}")
