"""What an account's owner is told of a log-in: when, roughly where, with what device; never how it was found out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Literal

from msgspec import Struct

from watchword.actions.letters import FALLBACK, Words, page
from watchword.enrichment.countries import countries
from watchword.enrichment.facts import Facts
from watchword.events.event import Event

Said = Literal["me", "not_me"]


class Seen(Struct, frozen=True):
    """A log-in as its owner may see it. `place` is None where it is not known, or hidden by the network."""

    at: datetime
    place: str | None
    device: str | None


class Wording(Struct, frozen=True):
    """The texts of a notice in one language."""

    subject: str
    verify: str
    block: str
    when: str
    where: str
    what: str
    unknown: str
    ask: str
    me: str
    not_me: str
    end: str


WORDINGS: dict[str, Wording] = {
    "en": Wording(
        "Somebody signed in to your account with {name}",
        "The right password was entered, and we asked for one more step.",
        "The right password was entered. To keep your account safe, the log-in was stopped.",
        "When", "Where, roughly", "Device", "not known",
        "Was it you?", "It was me", "It was not me",
        "Each link works once and for seven days. We never ask for passwords or codes by e-mail.",
    ),
    "de": Wording(
        "Jemand hat sich bei Ihrem Konto von {name} angemeldet",
        "Das richtige Passwort wurde eingegeben, und wir haben um einen weiteren Schritt gebeten.",
        "Das richtige Passwort wurde eingegeben. Zum Schutz Ihres Kontos wurde die Anmeldung angehalten.",
        "Wann", "Wo, ungefähr", "Gerät", "nicht bekannt",
        "Waren Sie das?", "Das war ich", "Das war ich nicht",
        "Jeder Link gilt einmal und sieben Tage lang. Wir fragen nie per E-Mail nach Passwörtern oder Codes.",
    ),
    "fr": Wording(
        "Quelqu’un s’est connecté à votre compte {name}",
        "Le bon mot de passe a été saisi, et nous avons demandé une étape de plus.",
        "Le bon mot de passe a été saisi. Pour protéger votre compte, la connexion a été arrêtée.",
        "Quand", "Où, à peu près", "Appareil", "inconnu",
        "Était-ce vous ?", "C’était moi", "Ce n’était pas moi",
        "Chaque lien sert une fois, pendant sept jours. Nous ne demandons jamais de mot de passe ni de code ainsi.",
    ),
    "es": Wording(
        "Alguien ha entrado en su cuenta de {name}",
        "Se introdujo la contraseña correcta y pedimos un paso más.",
        "Se introdujo la contraseña correcta. Para proteger su cuenta, el acceso se ha detenido.",
        "Cuándo", "Dónde, aproximadamente", "Dispositivo", "desconocido",
        "¿Fue usted?", "Fui yo", "No fui yo",
        "Cada enlace sirve una vez y durante siete días. Nunca pedimos contraseñas ni códigos por correo.",
    ),
    "it": Wording(
        "Qualcuno è entrato nel tuo account {name}",
        "È stata inserita la password giusta e abbiamo chiesto un passaggio in più.",
        "È stata inserita la password giusta. Per proteggere il tuo account, l’accesso è stato fermato.",
        "Quando", "Dove, all’incirca", "Dispositivo", "non noto",
        "Eri tu?", "Ero io", "Non ero io",
        "Ogni link vale una volta e per sette giorni. Non chiediamo mai password o codici per e-mail.",
    ),
    "nl": Wording(
        "Iemand heeft ingelogd op uw account bij {name}",
        "Het juiste wachtwoord is ingevoerd, en we vroegen om één stap meer.",
        "Het juiste wachtwoord is ingevoerd. Om uw account te beschermen is het inloggen tegengehouden.",
        "Wanneer", "Waar, ongeveer", "Apparaat", "niet bekend",
        "Was u dat?", "Dat was ik", "Dat was ik niet",
        "Elke link werkt één keer, zeven dagen lang. We vragen nooit per e-mail om wachtwoorden of codes.",
    ),
    "pt": Wording(
        "Alguém entrou na sua conta da {name}",
        "A palavra-passe certa foi introduzida e pedimos mais um passo.",
        "A palavra-passe certa foi introduzida. Para proteger a sua conta, a entrada foi interrompida.",
        "Quando", "Onde, aproximadamente", "Dispositivo", "desconhecido",
        "Foi você?", "Fui eu", "Não fui eu",
        "Cada ligação serve uma vez e durante sete dias. Nunca pedimos palavras-passe nem códigos por e-mail.",
    ),
    "pl": Wording(
        "Ktoś zalogował się na Twoje konto {name}",
        "Podano prawidłowe hasło, a my poprosiliśmy o jeszcze jeden krok.",
        "Podano prawidłowe hasło. Aby chronić Twoje konto, logowanie zostało zatrzymane.",
        "Kiedy", "Gdzie, w przybliżeniu", "Urządzenie", "nieznane",
        "Czy to Ty?", "To ja", "To nie ja",
        "Każdy link działa raz, przez siedem dni. Nigdy nie prosimy e-mailem o hasła ani kody.",
    ),
}  # fmt: skip


def wording(locale: str) -> Wording:
    """The texts in that language; English where there are none."""
    return WORDINGS.get(locale.lower().replace("_", "-").partition("-")[0], WORDINGS[FALLBACK])


def seen(event: Event, facts: Facts) -> Seen:
    """What the owner may know: the hour where it happened, city and country unless the network hides them, browser."""
    offset = facts.utc_offset_min
    zone = timezone(timedelta(minutes=offset)) if offset is not None else event.occurred_at.tzinfo
    place = facts.place
    parts = []
    if place is not None and not facts.network.is_no_place:
        country = countries().get(place.country)
        parts = [part for part in (place.city, country.name if country else place.country) if part]
    agent = facts.agent
    device = " on ".join(part for part in (agent.browser, agent.os) if part)
    return Seen(event.occurred_at.astimezone(zone), ", ".join(parts) or None, device or None)


def of_notice(known: Seen, action: str, name: str, links: Mapping[Said, str], locale: str) -> Words:
    """The letter. Without links it only tells."""
    words = wording(locale)
    told = words.block if action == "block" else words.verify
    when = known.at.strftime("%Y-%m-%d %H:%M %Z").strip()
    rows = [(words.when, when), (words.where, known.place or words.unknown)]
    rows.append((words.what, known.device or words.unknown))
    lines = "\n".join(f"{label}: {value}" for label, value in rows)
    asked = f"\n\n{words.ask}\n{words.me}: {links['me']}\n{words.not_me}: {links['not_me']}" if links else ""
    subject = words.subject.format(name=name)
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    body = f"<p>{escape(told)}</p><dl>{facts}</dl>"
    if links:
        body += (
            f"<p><b>{escape(words.ask)}</b></p><p><a class='not' href='{escape(links['not_me'])}'>"
            f"{escape(words.not_me)}</a><a class='me' href='{escape(links['me'])}'>{escape(words.me)}</a></p>"
        )
    body += f"<p class='soft'>{escape(words.end)}</p>"
    return Words(subject, f"{told}\n\n{lines}{asked}\n\n{words.end}\n", page(body, name), subject)
