"""Each way in which asking a model fails, said once; of what its server says, nothing is told."""

from __future__ import annotations

from recueil_qa.errors import ReaderError
from recueil_qa.messages import Command, Mend, Text

_ADDRESS = Text(
    "voyez que le serveur tourne et que RECUEIL_READER est son adresse (…/v1)",
    "see that the server runs and that RECUEIL_READER is its address (…/v1)",
)
_LATER = Text("reposez la question plus tard", "ask again later")
_BY_STATUS: dict[int, tuple[str, Text, Mend]] = {
    401: (
        "key",
        Text("le serveur du modèle refuse la clé", "the model's server refuses the key"),
        Text("réglez RECUEIL_READER_KEY", "set RECUEIL_READER_KEY"),
    ),
    404: (
        "model",
        Text(
            "le serveur ne connaît pas ce modèle, ou cette adresse",
            "the server does not know this model, or this address",
        ),
        Text(
            "recueil-qa doctor liste ses modèles ; réglez RECUEIL_READER_MODEL ou RECUEIL_READER",
            "recueil-qa doctor lists its models; set RECUEIL_READER_MODEL or RECUEIL_READER",
        ),
    ),
    413: (
        "long",
        Text("la demande est trop longue pour le modèle", "the request is too long for the model"),
        Text("baissez RECUEIL_READER_PRACTICES", "lower RECUEIL_READER_PRACTICES"),
    ),
}
_BY_STATUS[403] = _BY_STATUS[401]


def refused(status: int) -> ReaderError:
    """Return what an HTTP status of 400 or more means."""
    if status in _BY_STATUS:
        kind, what, mend = _BY_STATUS[status]
        return ReaderError(kind, what, mend, lasting=status != 413)
    if status >= 500:
        what = Text(
            "le serveur du modèle est en panne (HTTP {})", "the model's server failed (HTTP {})"
        )
        return ReaderError("server", what.format(status), _LATER)
    what = Text(
        "le serveur du modèle refuse la demande (HTTP {})",
        "the model's server refuses the request (HTTP {})",
    )
    mend = Text(
        "voyez RECUEIL_READER_MODEL, et baissez RECUEIL_READER_PRACTICES s'il lit peu à la fois",
        "see RECUEIL_READER_MODEL, and lower RECUEIL_READER_PRACTICES if it reads little at a time",
    )
    return ReaderError("request", what.format(status), mend)


def busy() -> ReaderError:
    """Return that the server asks to come back later than this can wait."""
    what = Text("le serveur du modèle est saturé", "the model's server is busy")
    return ReaderError("busy", what, _LATER)


def late() -> ReaderError:
    """Return that no whole reply came in time."""
    return ReaderError(
        "late",
        Text("le modèle n'a pas répondu à temps", "the model did not reply in time"),
        Text(
            "reposez la question, ou augmentez RECUEIL_READER_SECONDS",
            "ask again, or raise RECUEIL_READER_SECONDS",
        ),
    )


def unreachable() -> ReaderError:
    """Return that there is no connection, or that it broke."""
    what = Text(
        "le serveur du modèle ne répond pas, ou a coupé la connexion",
        "the model's server does not answer, or cut the connection",
    )
    return ReaderError("unreachable", what, _ADDRESS)


def elsewhere(host: str) -> ReaderError:
    """Return that the server sends to another address, where no question of ours goes."""
    what = Text(
        "le serveur du modèle renvoie ailleurs{}, où rien n'est envoyé",
        "the model's server sends elsewhere{}, where nothing is sent",
    )
    mend = Text(
        "réglez RECUEIL_READER sur la bonne adresse", "set RECUEIL_READER to the right address"
    )
    return ReaderError("redirect", what.format(f" ({host})" if host else ""), mend, lasting=True)


def key_repeated() -> ReaderError:
    """Return that a reply holds the key, which would be shown or kept with it."""
    what = Text(
        "le serveur du modèle répète la clé dans sa réponse, écartée",
        "the model's server repeats the key in its reply, which is left out",
    )
    mend = Text(
        "changez de clé, et voyez que RECUEIL_READER est le bon serveur",
        "change the key, and see that RECUEIL_READER is the right server",
    )
    return ReaderError("repeated", what, mend, lasting=True)


def too_large() -> ReaderError:
    """Return that a reply goes beyond all bounds."""
    what = Text("la réponse du modèle est démesurée", "the model's reply is far too large")
    return ReaderError("large", what, _ADDRESS)


def other_protocol() -> ReaderError:
    """Return that what replies is no API of a model."""
    what = Text(
        "ce qui répond à cette adresse n'est pas l'API d'un modèle",
        "what replies at this address is not the API of a model",
    )
    return ReaderError("protocol", what, _ADDRESS)


def missing() -> ReaderError:
    """Return that what a reader needs is not installed."""
    what = Text(
        "la bibliothèque openai manque, dont un lecteur a besoin",
        "the library openai is missing, which a reader needs",
    )
    return ReaderError(
        "missing", what, Command("pip", "install", "recueil-qa[reader]"), lasting=True
    )


def unusable(detail: Text) -> ReaderError:
    """Return that a reply is no use."""
    mend = Text(
        "reposez la question, ou réglez RECUEIL_READER_MODEL sur un modèle plus grand",
        "ask again, or set RECUEIL_READER_MODEL to a larger model",
    )
    return ReaderError("reply", detail, mend)
