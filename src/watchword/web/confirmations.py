"""Where the links of a notice lead: the owner says whether a log-in was theirs, once.

Looking at the page does nothing: programs that look through mail open links too. The button does.
"""

from __future__ import annotations

from contextlib import suppress
from html import escape
from pathlib import Path

from watchword.actions.confirmation import Texts, texts
from watchword.actions.notices import Said, wording
from watchword.challenging.links import Link
from watchword.challenging.notices import Notice
from watchword.errors import NotFound
from watchword.policy.decision import Decision
from watchword.policy.explanation import locale_of
from watchword.ports import ApiKey
from watchword.web.authentication import Caller
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.labels import LabelIn, Verdict, add_label

PATH = "/confirm/{token}"
HTML = "text/html; charset=utf-8"
LABELS: dict[Said, Verdict] = {"me": "confirmed_by_user", "not_me": "fraud"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}
_TOKENS = (Path(__file__).parent / "console" / "static" / "tokens.css").read_text()
_STYLE = """
*{box-sizing:border-box;margin:0}html{background:var(--canvas)}body{min-height:100dvh;display:grid;place-items:center;padding:var(--s4);
background:var(--canvas);color:var(--ink);font:var(--t-body)}
main{width:min(440px,100%);padding:var(--s6);background:var(--surface);border:1px solid var(--line);
border-radius:var(--r3)}.name{color:var(--accent);font:var(--t-h3);margin-bottom:var(--s5)}
h1{font:600 1.5rem/2rem var(--sans);letter-spacing:-.025em;margin-bottom:var(--s2);text-wrap:balance}
.lead{font:var(--t-lead);color:var(--ink-2);text-wrap:pretty}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:var(--s2) var(--s5);margin:var(--s5) 0;
padding:var(--s4) 0;border-block:1px solid var(--line)}dt{color:var(--ink-3)}
dd{font-weight:550;overflow-wrap:anywhere}
button{width:100%;height:44px;border:1px solid var(--ink);border-radius:var(--r2);background:var(--ink);
color:var(--on-ink);font:600 .9375rem/1 var(--sans);cursor:pointer}
button:hover{background:color-mix(in oklab,var(--ink) 88%,var(--canvas))}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.foot{margin-top:var(--s4);font:var(--t-small);color:var(--ink-3)}
@media(max-width:480px){main{padding:var(--s5)}}
"""


class Owner(Caller, frozen=True):
    """The owner of an account, who came by a signed link."""

    @property
    def source(self) -> str:
        """The channel by which their labels come."""
        return "owner"

    @property
    def actor(self) -> str:
        """How the audit log names them; the entry's subject says of what."""
        return "owner:link"


@endpoint("GET", PATH, gives=str, media_type="text/html", problems=(404, 503))
async def show_confirmation(call: Call) -> Reply:
    """The page to which the link of a notice leads. It shows the log-in, and a button; looking changes nothing."""
    link, decision, notice = await _found(call)
    told = texts(locale_of(decision.event))
    over = _over(call, link, notice, told)
    return _page(call, decision, over) if over else _question(call, decision, link.said, told)


@endpoint("POST", PATH, gives=str, media_type="text/html", problems=(404, 503))
async def confirm(call: Call) -> Reply:
    """Takes the owner's answer, once: it becomes a label of the decision, `confirmed_by_user` or `fraud`.

    Where it was not the owner, their live sessions end.
    """
    link, decision, notice = await _found(call)
    told = texts(locale_of(decision.event))
    notices = call.service.step_up.notices
    over = _over(call, link, notice, told)
    if over is None and not await notices.take(decision, link.said):
        over = told.used
    if over is not None:
        return _page(call, decision, over)
    try:
        owner = Owner(ApiKey("owner", "owner", "analyst"), call.address)
        await add_label(call.service, owner, LabelIn(label=LABELS[link.said], decision_id=decision.id))
    except BaseException:
        await notices.give_back(decision)
        raise
    if link.said == "not_me":
        await _end_sessions(call, decision)
    body = f"<h1>{escape(told.thanks)}</h1><p class=lead>{escape(told.known if link.said == 'me' else told.warned)}</p>"
    return _html(call, decision, body)


async def _end_sessions(call: Call, decision: Decision) -> None:
    """Whoever sits in a session of that user now has to prove again who they are."""
    sessions, user_id = call.service.sessions, decision.event.user_id
    if sessions is None or user_id is None:
        return
    for session in await sessions.of_user(user_id):
        if session.ended_ms is None:
            with suppress(NotFound):
                await sessions.end(await sessions.claim(session.session_id, user_id), "owner")


async def _found(call: Call) -> tuple[Link, Decision, Notice]:
    notices = call.service.step_up.notices
    link = notices.link(call.path["token"])
    found = await notices.decision(link) if link is not None else None
    if link is None or found is None:
        raise NotFound("There is no such link.")
    return link, *found


def _over(call: Call, link: Link, notice: Notice, told: Texts) -> str | None:
    """Why there is nothing left to answer, if so."""
    if notice.said:
        return told.used
    return told.ended if call.service.step_up.notices.ended(link) else None


def _question(call: Call, decision: Decision, said: Said, told: Texts) -> Reply:
    words, known = wording(locale_of(decision.event)), call.service.step_up.notices.seen(decision)
    rows = (
        (words.when, known.at.strftime("%Y-%m-%d %H:%M %Z").strip()),
        (words.where, known.place or words.unknown),
        (words.what, known.device or words.unknown),
    )
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    stopped = words.block if decision.action == "block" else words.verify
    title, button = (told.me, words.me) if said == "me" else (told.not_me, words.not_me)
    return _html(
        call,
        decision,
        f"<h1>{escape(title)}</h1><p class=lead>{escape(stopped)}</p><dl>{facts}</dl>"
        f"<form method=post><button>{escape(button)}</button></form>",
    )


def _page(call: Call, decision: Decision, said: str) -> Reply:
    return _html(call, decision, f"<p class=lead>{escape(said)}</p>")


def _html(call: Call, decision: Decision, body: str) -> Reply:
    locale = locale_of(decision.event)
    name = escape(call.service.step_up.notices.name)
    contact = call.service.governance.settings.support_contact
    foot = f"<p class=foot>{escape(texts(locale).help)}: {escape(contact)}</p>" if contact else ""
    page = (
        f'<!doctype html><html lang="{escape(locale)}"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{_TOKENS}{_STYLE}</style></head><body><main><p class=name>{name}</p>{body}{foot}</main></body></html>"
    )
    return Reply(page.encode(), HTML, headers=HEADERS)
