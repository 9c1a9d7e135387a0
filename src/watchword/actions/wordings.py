"""The shipped texts for people who were stopped, by language and action. None says what was noticed."""

from __future__ import annotations

from msgspec import Struct


class Wording(Struct, frozen=True):
    """One message in one language."""

    title: str
    text: str
    alternatives: tuple[str, ...]


SHIPPED: dict[str, dict[str, Wording]] = {
    "en": {
        "verify": Wording(
            "Please confirm that it is you",
            "To keep your account safe, we need one more step before you continue. It takes less than a minute.",
            ("Confirm with a code sent to you", "Sign in from a device you have used before"),
        ),
        "block": Wording(
            "We could not let you in",
            "To keep your account safe, this was stopped. Nothing in your account was changed. If it was you, "
            "please try "
            "one of the other ways or contact us: we will gladly help.",
            ("Sign in from a device you have used before", "Reset your password", "Contact support"),
        ),
    },
    "de": {
        "verify": Wording(
            "Bitte bestätigen Sie, dass Sie es sind",
            "Zum Schutz Ihres Kontos brauchen wir noch einen Schritt, bevor es weitergeht. Er dauert weniger als "
            "eine Minute.",
            ("Mit einem zugesandten Code bestätigen", "Sich auf einem bereits verwendeten Gerät anmelden"),
        ),
        "block": Wording(
            "Wir konnten Sie nicht hineinlassen",
            "Zum Schutz Ihres Kontos wurde der Vorgang angehalten. An Ihrem Konto wurde nichts geändert. Wenn "
            "Sie es waren, "
            "versuchen Sie bitte einen der anderen Wege oder melden Sie sich bei uns: wir helfen gern.",
            ("Sich auf einem bereits verwendeten Gerät anmelden", "Passwort zurücksetzen", "Support kontaktieren"),
        ),
    },
    "fr": {
        "verify": Wording(
            "Merci de confirmer que c’est bien vous",
            "Pour protéger votre compte, une étape de plus est nécessaire avant de continuer. Elle prend moins "
            "d’une minute.",
            ("Confirmer avec un code qui vous est envoyé", "Se connecter depuis un appareil déjà utilisé"),
        ),
        "block": Wording(
            "Nous n’avons pas pu vous laisser entrer",
            "Pour protéger votre compte, l’opération a été arrêtée. Rien n’a été modifié dans votre compte. Si "
            "c’était vous, "
            "essayez un autre moyen ou contactez-nous : nous vous aiderons volontiers.",
            ("Se connecter depuis un appareil déjà utilisé", "Réinitialiser le mot de passe", "Contacter l’assistance"),
        ),
    },
    "es": {
        "verify": Wording(
            "Confirme que es usted, por favor",
            "Para proteger su cuenta necesitamos un paso más antes de continuar. Le llevará menos de un minuto.",
            ("Confirmar con un código que le enviamos", "Iniciar sesión desde un dispositivo ya utilizado"),
        ),
        "block": Wording(
            "No hemos podido dejarle entrar",
            "Para proteger su cuenta, la operación se ha detenido. No se ha cambiado nada en su cuenta. Si era "
            "usted, pruebe "
            "otra de las vías o contacte con nosotros: le ayudaremos con mucho gusto.",
            ("Iniciar sesión desde un dispositivo ya utilizado", "Restablecer la contraseña", "Contactar con soporte"),
        ),
    },
    "it": {
        "verify": Wording(
            "Conferma di essere tu",
            "Per proteggere il tuo account serve un passaggio in più prima di continuare. Richiede meno di un minuto.",
            ("Conferma con un codice inviato a te", "Accedi da un dispositivo già usato"),
        ),
        "block": Wording(
            "Non abbiamo potuto farti entrare",
            "Per proteggere il tuo account, l’operazione è stata fermata. Nel tuo account non è cambiato nulla. "
            "Se eri tu, "
            "prova un altro modo o contattaci: ti aiuteremo volentieri.",
            ("Accedi da un dispositivo già usato", "Reimposta la password", "Contatta l’assistenza"),
        ),
    },
    "nl": {
        "verify": Wording(
            "Bevestig dat u het bent",
            "Om uw account te beschermen is er nog één stap nodig voordat u verdergaat. Dat duurt minder dan een "
            "minuut.",
            ("Bevestigen met een toegestuurde code", "Inloggen vanaf een apparaat dat u eerder gebruikte"),
        ),
        "block": Wording(
            "We konden u niet binnenlaten",
            "Om uw account te beschermen is dit tegengehouden. Er is niets aan uw account veranderd. Was u het "
            "zelf, probeer "
            "dan een andere manier of neem contact met ons op: we helpen u graag.",
            ("Inloggen vanaf een apparaat dat u eerder gebruikte", "Wachtwoord opnieuw instellen", "Contact opnemen"),
        ),
    },
    "pt": {
        "verify": Wording(
            "Confirme que é você",
            "Para proteger a sua conta, precisamos de mais um passo antes de continuar. Demora menos de um minuto.",
            ("Confirmar com um código enviado a você", "Entrar a partir de um dispositivo já usado"),
        ),
        "block": Wording(
            "Não foi possível deixar você entrar",
            "Para proteger a sua conta, a operação foi interrompida. Nada foi alterado na sua conta. Se foi "
            "você, tente outro "
            "caminho ou fale conosco: teremos prazer em ajudar.",
            ("Entrar a partir de um dispositivo já usado", "Redefinir a senha", "Falar com o suporte"),
        ),
    },
    "pl": {
        "verify": Wording(
            "Potwierdź, że to Ty",
            "Aby chronić Twoje konto, potrzebujemy jeszcze jednego kroku. Zajmie to mniej niż minutę.",
            ("Potwierdź kodem, który wyślemy", "Zaloguj się z urządzenia, z którego już korzystasz"),
        ),
        "block": Wording(
            "Nie mogliśmy Cię wpuścić",
            "Aby chronić Twoje konto, operacja została zatrzymana. Na Twoim koncie nic się nie zmieniło. Jeśli "
            "to Ty, spróbuj "
            "innego sposobu lub skontaktuj się z nami: chętnie pomożemy.",
            ("Zaloguj się z urządzenia, z którego już korzystasz", "Zresetuj hasło", "Skontaktuj się z pomocą"),
        ),
    },
}  # fmt: skip
