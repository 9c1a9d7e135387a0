"""Whether somebody who acts in this session is known from another account that was blocked or defrauded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import log

import msgspec
from msgspec import Struct

from watchword.behaviour import remembered
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
    """Why an account is watched: `blocked`, or `fraud` by a label; when (ms since 1970), where to read on, whose."""

    why: str
    at_ms: int
    link: str
    user_id: str = ""


class Lookalikes:
    """The index of templates across users, kept in memory, and the accounts that nobody else should be like.

    Rebuilt from the sealed templates at the start and, where any changed, every half minute. A blocked session is
    watched by what was done in it, which no template learns: of other sessions that is kept for a minute; where another
    process blocked it, or an earlier one, it is read from the log (`Deployment.refresh_behaviour`). `erased_ms` says
    when a person was erased: whoever was, by whichever process, is gone at the next `refresh`, by `forget` at once.
    """

    def __init__(
        self,
        templates: Templates,
        records: Records,
        erased_ms: Callable[[str], int] = lambda _user_id: 0,
        search: Search | None = None,
    ) -> None:
        self.index = Neighbours(search)
        self._search = search
        self._gone: set[bytes] = set()
        self._templates = templates
        self._records = records
        self._erased_ms = erased_ms
        self._recent: OrderedDict[tuple[bytes, str], Entries] = OrderedDict()
        self._before: OrderedDict[tuple[bytes, str], Entries] = OrderedDict()
        self._blocked: OrderedDict[bytes, tuple[Watched, Template]] = OrderedDict()
        self._fraud: dict[bytes, Watched] = {}
        self._seen = (-1, -1)
        self._due_ms = 0

    async def refresh(self, now_ms: int) -> bool:
        """Takes in what changed, where it is time to look; whether anything had. Raises StoreError."""
        for key, (watched, _) in list(self._blocked.items()):
            if self._erased_ms(watched.user_id) >= watched.at_ms:
                self.forget(key[:_HASH])
        if now_ms < self._due_ms:
            return False
        self._due_ms = now_ms + EVERY_MS
        self._before, self._recent = self._recent, OrderedDict()
        version = (await self._templates.version(), await self._records.version())
        if version == self._seen:
            return False
        if version[0] != self._seen[0]:
            await self._rebuild()
        labels = await self._records.all("label")
        self._fraud = {
            one.owner: found for one in labels if one.owner and (found := _as_fraud(one.body, one.at_ms)) is not None
        }
        self._seen = version
        return True

    async def _rebuild(self) -> None:
        """A new index beside the old one, in a thread; whoever was forgotten meanwhile stays so."""
        self._gone.clear()
        fresh = Neighbours(self._search)
        await asyncio.to_thread(fresh.rebuild, await self._templates.all())
        for key, (_, template) in self._blocked.items():
            fresh.put(key, template)
        for owner in self._gone:
            fresh.drop(owner)
        self.index = fresh

    def note_block(self, owner: bytes, user_id: str, session_id: str, at_ms: int) -> bool:
        """Watches for whoever acted in a session that was blocked; False where nothing of it is remembered here."""
        earlier = self._before.pop((owner, session_id), ())
        return self.watch(owner, user_id, session_id, self._recent.pop((owner, session_id), earlier), at_ms)

    def watch(self, owner: bytes, user_id: str, session_id: str, entries: Entries, at_ms: int) -> bool:
        """Watches for whoever made these entries in a blocked session; False where there are none."""
        if not entries:
            return False
        key = owner + session_id.encode()
        template = learn_entries(Template(), entries, at_ms)
        self._blocked[key] = (Watched("blocked", at_ms, f"/console/sessions/{session_id}", user_id), template)
        self.index.put(key, template)
        while len(self._blocked) > MOST_WATCHED:
            self.index.drop(self._blocked.popitem(last=False)[0])
        return True

    def forget(self, owner: bytes) -> None:
        """Forgets a person at once, and what was computed of anybody's template."""
        remembered.forget()
        self.index.drop(owner)
        self._gone.add(owner)
        self._fraud.pop(owner, None)
        for key in [key for key in self._blocked if key[:_HASH] == owner]:
            del self._blocked[key]
            self.index.drop(key)
        for held in (self._recent, self._before):
            for known in [known for known in held if known[0] == owner]:
                del held[known]

    def witness(self, owner: bytes, session_id: str, examined: Examined) -> Sequence[Doubt]:
        """The doubt that the likeness to a watched account raises, if any (`sessions.senses.Witness`).

        The ratio is set off against how many accounts were looked through.
        """
        if not examined.entries:
            return ()
        self._remember(owner, session_id, examined.entries)
        others = [key for held in (self._fraud, self._blocked) for key in held if key[:_HASH] != owner]
        near = self.index.near(examined.entries, others, 1) if others else []
        if not near or (told := near[0].llr - log(len(others))) < SPEAKS:
            return ()
        key = near[0].owner
        found = self._blocked[key][0] if key in self._blocked else self._fraud[key]
        details = {
            "account": key[:_HASH].hex(), "link": found.link, "sinceMs": found.at_ms, "modality": near[0].modality
        }  # fmt: skip
        done = "was blocked" if found.why == "blocked" else "was defrauded"
        return (Doubt(CODE, f"This is how somebody acts on another account, which {done}", -told, details),)

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
