"""What the letters say that carry a code, or tell an account's owner of a log-in. In the person's language."""

from __future__ import annotations

from html import escape

from msgspec import Struct

FALLBACK = "en"


class Words(Struct, frozen=True):
    """A letter's texts: `brief` fits into one text message."""

    subject: str
    text: str
    html: str
    brief: str


CODES: dict[str, tuple[str, str, str]] = {
    "en": (
        "{code} is your code for {name}",
        "Your code for {name}: {code}\n\nIt is valid for {minutes} minutes. Nobody from {name} ever asks for it.",
        "{code} is your code for {name}. Never pass it on.",
    ),
    "de": (
        "{code} ist Ihr Code für {name}",
        "Ihr Code für {name}: {code}\n\nEr gilt {minutes} Minuten. Niemand von {name} wird Sie je danach fragen.",
        "{code} ist Ihr Code für {name}. Geben Sie ihn nie weiter.",
    ),
    "fr": (
        "{code} est votre code pour {name}",
        "Votre code pour {name} : {code}\n\nIl est valable {minutes} minutes. Personne de {name} ne vous le demandera.",
        "{code} est votre code pour {name}. Ne le transmettez jamais.",
    ),
    "es": (
        "{code} es su código para {name}",
        "Su código para {name}: {code}\n\nEs válido durante {minutes} minutos. Nadie de {name} se lo pedirá nunca.",
        "{code} es su código para {name}. No lo comparta nunca.",
    ),
    "it": (
        "{code} è il tuo codice per {name}",
        "Il tuo codice per {name}: {code}\n\nÈ valido per {minutes} minuti. Nessuno di {name} te lo chiederà mai.",
        "{code} è il tuo codice per {name}. Non darlo mai a nessuno.",
    ),
    "nl": (
        "{code} is uw code voor {name}",
        "Uw code voor {name}: {code}\n\nDeze is {minutes} minuten geldig. Niemand van {name} zal er ooit om vragen.",
        "{code} is uw code voor {name}. Geef deze nooit door.",
    ),
    "pt": (
        "{code} é o seu código para {name}",
        "O seu código para {name}: {code}\n\nÉ válido por {minutes} minutos. Ninguém da {name} irá pedi-lo.",
        "{code} é o seu código para {name}. Nunca o partilhe.",
    ),
    "pl": (
        "{code} to Twój kod do {name}",
        "Twój kod do {name}: {code}\n\nJest ważny przez {minutes} min. Nikt z {name} nigdy o niego nie poprosi.",
        "{code} to Twój kod do {name}. Nikomu go nie podawaj.",
    ),
}


def of_code(code: str, name: str, minutes: int, locale: str = FALLBACK) -> Words:
    """The letter that carries a code."""
    subject, text, brief = (part.format(code=code, name=name, minutes=minutes) for part in spoken(CODES, locale))
    lead, _, rest = text.partition("\n\n")
    body = f"<p>{escape(lead.replace(code, ''))}</p><p class=code>{code}</p><p class=soft>{escape(rest)}</p>"
    return Words(subject, text, page(body, name), brief)


def spoken(texts: dict[str, tuple[str, str, str]], locale: str) -> tuple[str, str, str]:
    """The texts in that language; English where there are none."""
    return texts.get(locale.lower().replace("_", "-").partition("-")[0], texts[FALLBACK])


_STYLE = (
    "body{margin:0;background:#f6f8f9;color:#15212b;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "main{max-width:480px;margin:24px auto;padding:28px 32px;background:#fff;border:1px solid #e2e7ea;"
    "border-radius:10px}"
    "p{margin:0 0 14px}.code{font:600 32px/1.2 ui-monospace,Menlo,monospace;letter-spacing:6px;margin:4px 0 18px}"
    ".soft{color:#5d6b76;font-size:13px}.name{color:#0a6b73;font-weight:600;margin-bottom:18px}"
    "a.me,a.not{display:inline-block;padding:10px 18px;border-radius:6px;text-decoration:none;font-weight:600;"
    "margin:4px 8px 14px 0}a.me{background:#fff;color:#15212b;border:1px solid #8b99a3}"
    "a.not{background:#0a6b73;color:#fff}dl{margin:0 0 18px;display:grid;grid-template-columns:auto 1fr;gap:4px 16px}"
    "dt{color:#5d6b76}dd{margin:0}"
)


def page(body: str, name: str) -> str:
    """A letter in HTML, which loads nothing from anywhere."""
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<style>{_STYLE}</style></head><body><main><p class="name">{escape(name)}</p>{body}</main></body></html>'
    )
