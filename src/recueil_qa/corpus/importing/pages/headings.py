"""The headings that pages have: which are alike, and which role their words tell."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Role = Literal["advice", "result", "context", "detail", "other", "contacts"]

_NUMBER = re.compile(r"^(?:(?:\d{1,3}(?:\.\d{1,3})*|[ivx]{1,5}|[a-z])\s*[.)°/:–-]+\s*|\d{1,3}\s+)")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-Z])")
_ARTICLES = frozenset(
    ("le", "la", "les", "l", "un", "une", "des", "de", "du", "d", "the", "a", "an")
)

# Words of headings in both languages, singular and without accents; the first to match tells.
_ROLES: tuple[tuple[Role, str], ...] = (
    ("contacts", r"^(?:pour plus information )?(?:contact|contacter|coordonnee|nous contacter"
                 r"|contact u)$"),
    ("other", r"ressource|resource|reference|further reading|aller plus loin|savoir plus|read more"
              r"|learn more|voir aussi|see also|related|bibliograph|^source|^lien|^link|annexe"
              r"|appendix|glossa|telecharg|download|^example|^exemple|exemple$|example$|faq|^note$|licence"
              r"|license"),
    ("result", r"resultat|^result|benefice|benefit|impact|bilan|outcome|^effet|effect|^gain"
               r"|ce que ca (?:apporte|change)|what it brought|apport|evaluation|achievement"
               r"|what changed|chiffre|lesson learn|retour experience"),
    ("advice", r"conseil|recommand|recommend|advice|^tip|tip$|astuce|guidance|how to|^how$|^comment"
               r"|mise en (?:oeuvre|place|pratique)|mettre en (?:oeuvre|place)|implement|solution"
               r"|etape|^step|mode emploi|marche a suivre|a faire|faut faire|bonne pratique"
               r"|best practice"
               r"|good practice|^do\b|don t|to do|what you can|que faire|action|preconisation"
               r"|instruction|procedure|en pratique|in practice|methode|^method|deroul|^key point"
               r"|point (?:de )?(?:vigilance|attention)|a eviter|a retenir|piege|pitfall"
               r"|proposition"),
    ("context", r"contexte|context|origine|origin|constat|probl|enjeu|^why|pourquoi|background"
                r"|situation|challenge|besoin|need|diagnostic|histoire|history|irritant|difficult"
                r"|motivation|raison|reason|quand|^when"),
    ("detail", r"princip|descript|^what|^quoi|^que est|qu est|en bref|resume|summary|abstract"
               r"|definition|objectif|objective|^goal|overview|presentation|introduction|intro$"
               r"|consideration|fonctionne|how it work|critere|detail|public|acteur|^qui|^who"),
)  # fmt: skip
_RULES = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)


def without_number(text: str) -> str:
    """Return a heading without the number that it begins with, in lower case."""
    return _NUMBER.sub("", text.strip().casefold().lstrip("#*_ "))


@lru_cache(maxsize=50_000)
def key_of(text: str) -> str:
    """Return what like headings share: no case, accents, number, emoji, punctuation or plural."""
    text = without_number(text)
    text = text.replace("œ", "oe").replace("æ", "ae")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    words = re.findall(r"[a-z0-9]+", text) or re.findall(r"\w+", text)
    return " ".join(map(_singular, words))


def _singular(word: str) -> str:
    if len(word) > 3 and word != "plus" and word[-1] in "sx" and not word.endswith(("ss", "is")):
        return word[:-1]
    return word


def role_of(text: str) -> Role | None:
    """Return the role that a heading's words tell, or None."""
    words = key_of(text).split()
    key = " ".join(word for word in words if word not in _ARTICLES)
    for role, rule in _RULES:
        if rule.search(key):
            return role
    return None


def words_of(name: str) -> str:
    """Return a field's name as a heading: `timeRequired` is "Time required"."""
    text = _CAMEL.sub(" ", name.rpartition(".")[2]).replace("_", " ").replace("-", " ")
    text = " ".join(text.split())
    return text[:1].upper() + (text[1:].lower() if _CAMEL.search(name) else text[1:])


def slug(text: str, longest: int = 60) -> str:
    """Return a text as the end of an id: unaccented lower-case words with hyphens; may be ""."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "-", text)).strip("-")
    if len(text) <= longest:
        return text
    return text[: longest + 1].rpartition("-")[0] or text[:longest]
