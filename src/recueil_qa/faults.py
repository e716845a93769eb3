"""What pydantic, PyYAML, tomllib, json and the system say of a fault, in plain words.

Those who mend a corpus are not engineers, and read French first: none of these libraries' own
messages is shown. What the system says, in English, is shown of the few faults without words here.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pydantic_core import PydanticCustomError

from recueil_qa.messages import Text, table

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# What the library's message holds, then what is said instead.
Rules = Sequence[tuple[str, str, str]]

REFUSAL = "recueil"

_OPEN_QUOTE = Text(
    "un guillemet est ouvert et jamais refermé",
    "a quote is opened and never closed",
)
INVISIBLE = Text(
    "caractère de contrôle invisible ; retapez cette ligne",
    "invisible control character; type this line again",
)
_NESTED = Text(
    "trop de crochets ou de tirets les uns dans les autres",
    "too many brackets or dashes within each other",
)
_BACKSLASH = Text(
    "« \\ » a un sens particulier entre guillemets ; écrivez « \\\\ »",
    "'\\' has a meaning of its own in quotes; write '\\\\'",
)
_SYSTEM = table(
    {
        errno.ENOENT: ("fichier absent", "no such file"),
        errno.EACCES: ("accès refusé", "permission denied"),
        errno.EPERM: ("accès refusé", "permission denied"),
        errno.EISDIR: ("c'est un dossier, pas un fichier", "it is a folder, not a file"),
        errno.ENOTDIR: ("ce n'est pas un dossier", "it is not a folder"),
        errno.ELOOP: ("lien qui tourne en rond", "link that goes round in circles"),
        errno.ENOSPC: ("disque plein", "the disk is full"),
        errno.EDQUOT: ("quota de disque atteint", "the disk quota is reached"),
        errno.EROFS: ("disque en lecture seule", "the disk is read-only"),
        errno.ENAMETOOLONG: ("nom trop long", "the name is too long"),
        errno.EIO: ("le disque ne répond pas bien", "the disk does not work well"),
        errno.EFBIG: ("fichier trop grand", "the file is too large"),
        errno.EBUSY: ("utilisé par un autre programme", "used by another program"),
        errno.EMFILE: ("trop de fichiers ouverts", "too many open files"),
        errno.ENFILE: ("trop de fichiers ouverts", "too many open files"),
        errno.ENOTEMPTY: ("ce dossier n'est pas vide", "this folder is not empty"),
        errno.EEXIST: ("ce nom est déjà pris", "this name is already taken"),
    }
)
_TOML: Rules = (
    (r"Unterminated string|Illegal character '\\n'", _OPEN_QUOTE.fr, _OPEN_QUOTE.en),
    ("Illegal character|invalid character", INVISIBLE.fr, INVISIBLE.en),
    (
        "Unclosed array",
        "il manque une virgule entre deux valeurs, ou « ] » à la fin de la liste",
        "a comma is missing between two values, or ']' at the end of the list",
    ),
    ("Unclosed inline", "il manque une virgule ou « } »", "a comma or '}' is missing"),
    (
        "overwrite|twice|Duplicate|immutable|redefine",
        "ce nom est déjà donné plus haut ; gardez-en un",
        "this name is already given above; keep one",
    ),
    ("Unescaped|hex value|Escaped", _BACKSLASH.fr, _BACKSLASH.en),
    ("date", "écrivez la date comme 2014-06-19", "write the date as in 2014-06-19"),
    (
        "Invalid value",
        'un texte se met entre guillemets droits : nom = "texte"',
        'a text stands in straight quotes: name = "text"',
    ),
    (
        r"Expected '\]",
        "il manque « ] » à la fin de ce titre",
        "']' is missing at the end of this title",
    ),
    (
        "Expected newline",
        "il y a quelque chose de trop à la fin de cette ligne",
        "there is something too much at the end of this line",
    ),
    (
        "key|statement",
        'une ligne s\'écrit : nom = "texte", le nom sans espace ni accent',
        'a line is written: name = "text", the name without spaces or accents',
    ),
    ("recursion", _NESTED.fr, _NESTED.en),
)
_YAML: Rules = (
    (
        "mapping values",
        "un texte qui contient « : » se met entre guillemets, comme title: 'Le SMS : un outil'",
        "a text that contains ': ' stands in quotes, as in title: 'Texting: a tool'",
    ),
    (
        r"'\\t' that cannot start",
        "une tabulation au début d'une ligne ; mettez des espaces",
        "a tab at the start of a line; put spaces",
    ),
    (
        "cannot start|alphabetic or numeric|directive|YAML document|<document start>",
        "un texte ne commence pas par @, `, %, & ou * ; mettez-le entre guillemets",
        "a text does not start with @, `, %, & or *; put it in quotes",
    ),
    (
        "expected ':'",
        "il manque « : » après le nom du champ, ou « - » devant le texte",
        "':' is missing after the field's name, or '- ' before the text",
    ),
    ("end of stream|document separator", _OPEN_QUOTE.fr, _OPEN_QUOTE.en),
    (
        "escape",
        "« \\ » a un sens particulier entre guillemets doubles ; mettez des guillemets simples",
        "'\\' has a meaning of its own in double quotes; use single quotes",
    ),
    (
        "',' or|node content",
        "un texte qui commence par [, ], {, } ou une virgule se met entre guillemets",
        "a text that starts with [, ], {, } or a comma stands in quotes",
    ),
    (
        "<block end>",
        "cette ligne n'est pas alignée sur les autres, ou un texte entre guillemets contient un "
        "guillemet ; entre apostrophes, doublez l'apostrophe ('l''accueil')",
        "this line is not aligned with the others, or a quoted text contains a quote; in single "
        "quotes, double them ('the user''s desk')",
    ),
    (
        "sequence entries",
        "« - » n'est pas à sa place ; chaque élément d'une liste a sa propre ligne",
        "'- ' is out of place; each item of a list has its own line",
    ),
    ("single document", "« --- » de trop ; ôtez cette ligne", "one '---' too many; remove it"),
    ("special characters", INVISIBLE.fr, INVISIBLE.en),
    ("recursion", _NESTED.fr, _NESTED.en),
)
_JSON: Rules = (
    ("',' delimiter", "il manque une virgule ou un guillemet", "a comma or a quote is missing"),
    ("':' delimiter", "il manque « : » après un nom", "':' is missing after a name"),
    (
        "property name",
        "un nom sans guillemets droits, ou une virgule de trop",
        "a name without straight quotes, or a comma too many",
    ),
    (
        "Expecting value",
        "une valeur manque, ou n'a pas ses guillemets droits",
        "a value is missing, or lacks its straight quotes",
    ),
    ("Unterminated", _OPEN_QUOTE.fr, _OPEN_QUOTE.en),
    (
        "Extra data",
        "il y a quelque chose de trop à la fin ; un seul objet par ligne",
        "there is something too much at the end; one object a line",
    ),
    ("control character", INVISIBLE.fr, INVISIBLE.en),
    ("escape", _BACKSLASH.fr, _BACKSLASH.en),
    ("digits", "un nombre est trop long", "a number is too long"),
    ("recursion", _NESTED.fr, _NESTED.en),
)
_FIELD: Rules = (
    ("^missing$", "ce champ manque ; ajoutez-le", "this field is missing; add it"),
    (
        "extra_forbidden",
        "ce champ n'existe pas ; corrigez son nom, ou ôtez-le",
        "there is no such field; mend its name, or remove it",
    ),
    ("string_type", "un texte entre guillemets est attendu", "expected a text in quotes"),
    (
        "string_pattern",
        "écrivez des minuscules sans accent, des chiffres ou des tirets",
        "write unaccented lower-case letters, digits or hyphens",
    ),
    ("string_too_short", "ce texte est vide ; écrivez-le", "this text is empty; write it"),
    (
        "^too_short",
        "la liste est vide ; donnez au moins une valeur",
        "the list is empty; give at least one value",
    ),
    (
        "tuple_type|list_type",
        'une liste entre crochets est attendue : ["…", "…"]',
        'expected a list in brackets: ["…", "…"]',
    ),
    (
        "dict_type|model",
        "des lignes « nom = valeur » sous leur titre entre crochets sont attendues",
        "expected 'name = value' lines under their title in brackets",
    ),
    ("^int", "un nombre entier est attendu", "expected a whole number"),
    ("^float|finite", "un nombre est attendu", "expected a number"),
    ("^bool", "« true » ou « false » est attendu", "expected 'true' or 'false'"),
    ("^path", "un chemin est attendu", "expected a path"),
    ("^date", "une date comme 2014-06-19 est attendue", "expected a date such as 2014-06-19"),
)


def excerpt(text: object, length: int = 80) -> str:
    """Return the start of a text on one line, fit to be shown: what is invisible is spelt out."""
    start = str(text)[: 4 * length]
    shown = "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in start)
    shown = " ".join(shown.split())
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def refusal(what: Text, at: str = "") -> PydanticCustomError:
    """Return what a validator raises; `at` is a text that stands on the line at fault."""
    # Its template would read braces of the text as fields: it goes through the context.
    return PydanticCustomError(REFUSAL, "{en}", {"en": what.en, "what": what, "at": at})


def system_fault(error: BaseException) -> Text:
    """Say why the system couldn't read or write a file."""
    # A loop of links may come as a RuntimeError, without a number.
    number = errno.ELOOP if isinstance(error, RuntimeError) else getattr(error, "errno", None)
    if number in _SYSTEM:
        return _SYSTEM[number]
    if isinstance(error, ValueError):  # a zero byte, or half a character
        return Text("aucun fichier ne peut s'appeler ainsi", "no file can have this name")
    if not isinstance(number, int):  # of a library
        return technical(error)
    name = errno.errorcode.get(number, "")
    said = excerpt(getattr(error, "strerror", None) or name)
    return Text(f"erreur système nº {number}" + f" {name}".rstrip(), said)


def system_reason(error: OSError) -> Text:
    """Say it as `system_fault` does in French, and in English in the system's own words."""
    return Text(system_fault(error).fr, error.strerror or str(error))


def technical(said: object, length: int = 200) -> Text:
    """Return what a library says, in its English, told apart as such where French is read."""
    said = excerpt(said, length) or type(said).__name__
    return Text(f"détail technique : {said}", said)


def field_fault(item: ErrorDetails) -> Text:
    """Say why pydantic refused a value."""
    context = item.get("ctx", {})
    kind = item["type"]
    if kind == REFUSAL:
        return cast("Text", context["what"])
    if kind == "value_error":
        return technical(context["error"], 300)
    if kind == "literal_error":
        # pydantic lists them as `'fr' or 'en'`.
        values = re.findall(r"'([^']*)'", context["expected"])
        given = excerpt(item["input"])
        return Text(
            f"« {given} » refusé ; écrivez l'un de : " + ", ".join(f"« {v} »" for v in values),
            f"'{given}' refused; write one of: " + ", ".join(f"'{v}'" for v in values),
        )
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        limit = Text("au moins", "at least") if "ge" in context else Text("au plus", "at most")
        return Text("{} {} est attendu", "expected {} {}").format(bound, limit)
    return _said(_FIELD, kind)


def toml_fault(error: Exception) -> Text:
    """Say why a line is no TOML."""
    return _said(_TOML, _message(error))


def yaml_fault(error: Exception) -> Text:
    """Say why a line is no YAML."""
    return _said(_YAML, _message(error))


def json_fault(error: Exception) -> Text:
    """Say why a line is no JSON."""
    return _said(_JSON, _message(error))


def _message(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "recursion"
    # PyYAML's errors hold the problem apart from the place, which quotes the text.
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)


def _said(rules: Rules, message: str) -> Text:
    for pattern, fr, en in rules:
        if re.search(pattern, message):
            return Text(fr, en)
    return Text("la forme n'est pas celle attendue", "it is not of the expected form")
