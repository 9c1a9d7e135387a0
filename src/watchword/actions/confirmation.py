"""What the page says to which a notice's links lead, in the owner's language."""

from __future__ import annotations

from msgspec import Struct

from watchword.actions.letters import FALLBACK


class Texts(Struct, frozen=True):
    """The texts of the page in one language."""

    me: str
    not_me: str
    thanks: str
    known: str
    warned: str
    used: str
    ended: str
    help: str


TEXTS: dict[str, Texts] = {
    "en": Texts(
        "Was this log-in yours?", "Was this log-in not yours?", "Thank you",
        "We have noted that it was you. The next log-in like this will be easier.",
        "We have noted that it was not you, and will treat such log-ins as somebody else’s. Change your password now, "
        "on every site where you use it.",
        "This log-in was answered already. Each notice takes one answer.",
        "This link has ended. If you are still worried, please contact us.", "Help",
    ),
    "de": Texts(
        "War diese Anmeldung Ihre?", "War diese Anmeldung nicht Ihre?", "Danke",
        "Wir haben vermerkt, dass Sie es waren. Die nächste Anmeldung dieser Art wird leichter.",
        "Wir haben vermerkt, dass Sie es nicht waren, und behandeln solche Anmeldungen als fremd. Ändern Sie jetzt Ihr "
        "Passwort, überall, wo Sie es verwenden.",
        "Diese Anmeldung wurde schon beantwortet. Jede Nachricht nimmt eine Antwort an.",
        "Dieser Link ist abgelaufen. Wenn Sie noch besorgt sind, melden Sie sich bitte bei uns.", "Hilfe",
    ),
    "fr": Texts(
        "Cette connexion était-elle la vôtre ?", "Cette connexion n’était-elle pas la vôtre ?", "Merci",
        "Nous avons noté que c’était vous. La prochaine connexion de ce genre sera plus simple.",
        "Nous avons noté que ce n’était pas vous, et traiterons de telles connexions comme étrangères. Changez votre "
        "mot de passe maintenant, partout où vous l’utilisez.",
        "Cette connexion a déjà reçu une réponse. Chaque message n’en prend qu’une.",
        "Ce lien a expiré. Si vous avez encore un doute, contactez-nous.", "Aide",
    ),
    "es": Texts(
        "¿Fue suyo este acceso?", "¿No fue suyo este acceso?", "Gracias",
        "Hemos anotado que fue usted. El próximo acceso como este será más fácil.",
        "Hemos anotado que no fue usted, y trataremos tales accesos como ajenos. Cambie ahora su contraseña en todos "
        "los sitios donde la use.",
        "Este acceso ya tiene respuesta. Cada aviso admite una.",
        "Este enlace ha caducado. Si sigue preocupado, contacte con nosotros.", "Ayuda",
    ),
    "it": Texts(
        "Questo accesso era tuo?", "Questo accesso non era tuo?", "Grazie",
        "Abbiamo annotato che eri tu. Il prossimo accesso come questo sarà più semplice.",
        "Abbiamo annotato che non eri tu, e tratteremo accessi simili come estranei. Cambia subito la password "
        "ovunque la usi.",
        "A questo accesso hai già risposto. Ogni avviso accetta una risposta.",
        "Questo link è scaduto. Se sei ancora in dubbio, contattaci.", "Aiuto",
    ),
    "nl": Texts(
        "Was deze inlog van u?", "Was deze inlog niet van u?", "Dank u",
        "We hebben genoteerd dat u het was. De volgende inlog als deze gaat makkelijker.",
        "We hebben genoteerd dat u het niet was, en behandelen zulke inlogs als vreemd. Wijzig nu uw wachtwoord "
        "overal waar u het gebruikt.",
        "Deze inlog is al beantwoord. Elk bericht neemt één antwoord aan.",
        "Deze link is verlopen. Maakt u zich nog zorgen, neem dan contact met ons op.", "Hulp",
    ),
    "pt": Texts(
        "Esta entrada foi sua?", "Esta entrada não foi sua?", "Obrigado",
        "Registámos que foi você. A próxima entrada como esta será mais fácil.",
        "Registámos que não foi você, e trataremos entradas assim como alheias. Mude já a palavra-passe, em todos os "
        "sítios onde a usa.",
        "Esta entrada já teve resposta. Cada aviso aceita uma.",
        "Esta ligação terminou. Se continua preocupado, fale connosco.", "Ajuda",
    ),
    "pl": Texts(
        "Czy to było Twoje logowanie?", "Czy to nie było Twoje logowanie?", "Dziękujemy",
        "Odnotowaliśmy, że to Ty. Następne takie logowanie będzie łatwiejsze.",
        "Odnotowaliśmy, że to nie Ty, i będziemy traktować takie logowania jako obce. Zmień teraz hasło "
        "wszędzie, gdzie go używasz.",
        "Na to logowanie już odpowiedziano. Każda wiadomość przyjmuje jedną odpowiedź.",
        "Ten link wygasł. Jeśli nadal masz obawy, skontaktuj się z nami.", "Pomoc",
    ),
}  # fmt: skip


def texts(locale: str) -> Texts:
    """The texts in that language; English where there are none."""
    return TEXTS.get(locale.lower().replace("_", "-").partition("-")[0], TEXTS[FALLBACK])
