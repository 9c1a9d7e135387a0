"""What letters say of an alert: to the account's owner in their language, to staff in plain English."""

from __future__ import annotations

from datetime import datetime
from html import escape

from watchword.actions.letters import Words, page, spoken

OWNER: dict[str, tuple[str, str, str]] = {
    "en": (
        "Something unusual happened on your account with {name}",
        "We noticed something unusual on your account and acted to keep it safe.",
        "If this was not you, or if you need help, contact us the way you always do. "
        "We never ask for passwords or codes by e-mail.",
    ),
    "de": (
        "Etwas Ungewöhnliches bei Ihrem Konto von {name}",
        "Bei Ihrem Konto ist uns etwas Ungewöhnliches aufgefallen, und wir haben es geschützt.",
        "Wenn Sie das nicht waren oder Hilfe brauchen, melden Sie sich auf dem gewohnten Weg. "
        "Wir fragen nie per E-Mail nach Passwörtern oder Codes.",
    ),
    "fr": (
        "Quelque chose d’inhabituel sur votre compte {name}",
        "Nous avons remarqué quelque chose d’inhabituel sur votre compte et l’avons protégé.",
        "Si ce n’était pas vous, ou si vous avez besoin d’aide, contactez-nous comme d’habitude. "
        "Nous ne demandons jamais de mot de passe ni de code par e-mail.",
    ),
    "es": (
        "Algo inusual en su cuenta de {name}",
        "Hemos observado algo inusual en su cuenta y la hemos protegido.",
        "Si no fue usted, o si necesita ayuda, póngase en contacto como siempre. "
        "Nunca pedimos contraseñas ni códigos por correo.",
    ),
    "it": (
        "Qualcosa di insolito sul tuo account {name}",
        "Abbiamo notato qualcosa di insolito sul tuo account e lo abbiamo protetto.",
        "Se non eri tu, o se hai bisogno di aiuto, contattaci come sempre. "
        "Non chiediamo mai password o codici per e-mail.",
    ),
    "nl": (
        "Iets ongewoons op uw account bij {name}",
        "We zagen iets ongewoons op uw account en hebben het beschermd.",
        "Was u dit niet, of hebt u hulp nodig, neem dan contact op zoals u gewend bent. "
        "We vragen nooit per e-mail om wachtwoorden of codes.",
    ),
    "pt": (
        "Algo invulgar na sua conta da {name}",
        "Notámos algo invulgar na sua conta e protegemo-la.",
        "Se não foi você, ou se precisar de ajuda, contacte-nos como sempre. "
        "Nunca pedimos palavras-passe nem códigos por e-mail.",
    ),
    "pl": (
        "Coś nietypowego na Twoim koncie {name}",
        "Zauważyliśmy coś nietypowego na Twoim koncie i je zabezpieczyliśmy.",
        "Jeśli to nie Ty albo potrzebujesz pomocy, skontaktuj się z nami jak zwykle. "
        "Nigdy nie prosimy e-mailem o hasła ani kody.",
    ),
}


def of_alert(message: str, at: datetime, name: str, locale: str) -> Words:
    """The letter to an account's owner: that something was noticed, what the application says of it, and when."""
    subject, lead, end = (part.format(name=name) for part in spoken(OWNER, locale))
    return _letter(subject, (lead, message, f"{at:%Y-%m-%d %H:%M} UTC"), end, name)


def of_report(type_: str, about: str, message: str, at: datetime, name: str) -> Words:
    """The letter to somebody else who must know."""
    lead = f"{type_.replace('_', ' ').capitalize()}: {about}."
    return _letter(f"{type_}: {about}", (lead, message, f"{at:%Y-%m-%d %H:%M} UTC"), "The console has the rest.", name)


def _letter(subject: str, parts: tuple[str, ...], end: str, name: str) -> Words:
    said = [part for part in parts if part]
    body = "".join(f"<p>{escape(part)}</p>" for part in said) + f"<p class='soft'>{escape(end)}</p>"
    subject = " ".join(subject.split())
    return Words(subject, "\n\n".join((*said, end)) + "\n", page(body, name), subject)
