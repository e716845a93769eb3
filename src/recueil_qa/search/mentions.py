"""Values of facets named in a question, understood as filters: « une pratique pour les mairies ».

A wrong filter hides right answers, so only a question that asks FOR practices of a value is
understood, from its first word on: what is before the value asks for practices or for what
somebody does, and after it the sentence ends, or says on what subject. A value that merely
occurs in a problem (« La Poste a fermé son bureau ») is part of the problem. Of the facets that a
collection has of its own, more is asked: see `analysis/own_names.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from recueil_qa.analysis.names import Names, Token, singular, tokens_of, words_of
from recueil_qa.analysis.own_names import Named, OwnNames
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.types import Filters

MAX_SUBJECT = 12  # words of a subject after a value
_LIST = re.compile(r"\s*(?:,|/|\+|&)?\s*")
_ENDS = re.compile(
    r"(?:\s*,?\s*(?:merci(?: d['’]avance| beaucoup)?|svp|stp|s['’]il (?:vous|te) pla[iî]t|please|"
    r"thanks|thank you)\b)?"
    r"[\s'’»”\")\]]*(?:[.?!;:…]|$)",
    re.IGNORECASE,
)
_AFTER = re.compile(r"^[\s.?!;:,…»”\")\]'’]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(map(singular, words.split()))


# What asks for practices, folded: all words before the last noun must be of these.
_LEADS = _set(
    "bonjour bonsoir svp stp merci s il te vous plait je j nous on tu ai a avez as auriez aurais "
    "cherche cherchons recherche recherchons voudrais voudrions veux voulons aimerais aimerions "
    "souhaite souhaitons voir connaitre trouver avoir lire consulter montrez montre moi donnez "
    "donne proposez citez listez lister liste affichez affiche trouvez besoin y t existe "
    "connaissez connais quels quelles quel quelle sont est ce qu que il toutes tous toute tout la "
    "le les l un une des de d du quelques plusieurs autre autres bonne bonnes belle belles retour "
    "retours meilleures hello hi please show me give i we want need would like am are is there "
    "looking look for find see list any some do you have what which the a an all best good great "
    "more of tell about"
)
_NOUNS = _set(
    "pratique exemple idee initiative experience fiche conseil practice example idea advice"
)
_ENGLISH_NOUNS = _set("practice example idea initiative")
_MADE = _set(
    "issu issue venant provenant mene menee realise realisee faite fait prise pris mise mis oeuvre "
    "tiree tire portee porte vu vue coming made done used taken run tried"
)
_EN = _set("en")
_LINKS = _set(
    "de du des d pour dans chez en par a au aux from for by in of at with sur on within among"
)
_FOR = _set("pour for")
_ARTICLES = _set(
    "la le les l un une des nos notre mon ma mes votre vos the a an our my your local certaines "
    "certains quelques"
)
_TOPICS = _set("theme thematique partie topic part")
_AND = _set("et ou and or")
_SUBJECTS = _set("sur concernant pour afin contre about on to for concerning regarding against")
# A subject has no verb of its own: « les pratiques de la mairie sur ce point sont opaques ».
_VERBS = _set(
    "est sont ont a sera seront etait etaient ne n pas is are was were has have had not isn aren "
    "will nous vous je we they"
)
_DOING = _set("fait font faire propose proposent")
# What a collection with facets of its own may call its practices, and how it says what they have.
_SHEETS = _NOUNS | _set("methode method carte card article page outil tool")
_ARE = _set("sont are")
_WITH = _LINKS | _set("avec having")
LITTLE = 4  # words before a value, at most
_SENTENCE_END = re.compile(r"[.?!;…]|$")


@dataclass(frozen=True)
class Mention:
    """What a question says of practices to keep, and the rest of it.

    `filters` may be empty, and `rest` is then the whole question; `said` has the values.
    """

    filters: Filters
    rest: str
    said: tuple[str, ...] = ()


@dataclass
class _Found:
    """Values read so far, the facet that they are of, and the token after them."""

    at: int
    values: list[str] = field(default_factory=list)
    facet: str = ""


def mentioned(text: str, catalogue: Catalogue) -> Mention:
    """Return the filters that a question asks for, and what is left of it."""
    text = unicodedata.normalize("NFC", text)
    tokens = tokens_of(text)
    reader = _Reader(text, tokens, catalogue.names, catalogue.own_names)
    for read in (reader.request, reader.doing, reader.alone, reader.english, reader.own):
        found = read()
        if found is not None:
            values = frozenset(found.values) | _joint(found, catalogue)
            at = tokens[found.at - 1].end
            ends = _ENDS.match(text, at)
            rest = _AFTER.sub("", text[ends.end() if ends else at :]).strip()
            return Mention(
                Filters.of({found.facet: values}),
                rest if any(map(str.isalnum, rest)) else "",
                tuple(dict.fromkeys(found.values)),
            )
    return Mention(Filters(), text)


def _joint(found: _Found, catalogue: Catalogue) -> frozenset[str]:
    """Return the organisations that name one of those found among others."""
    if found.facet != "organisation":
        return frozenset()
    wanted = [f" {' '.join(words_of(value))} " for value in found.values]
    return frozenset(
        value
        for value in catalogue.values["organisation"]
        if any(name in f" {' '.join(words_of(value))} " for name in wanted)
    )


class _Reader:
    """Reads a question from its first word on; each reading returns the values, or None."""

    def __init__(self, text: str, tokens: Sequence[Token], names: Names, own: OwnNames) -> None:
        self._text = text
        self._tokens = tokens
        self._names = names
        self._own = own

    def request(self) -> _Found | None:
        """Read « [je cherche] des exemples dans les mairies [sur l'accueil] »."""
        at = self._after_noun(_NOUNS)
        if not at:
            return None
        while self._is(at, _MADE) or (self._is(at, _EN) and self._is(at + 1, _MADE)):
            at += 1
        if not self._is(at, _LINKS):
            return None
        return self._ended(self._values(at, self._value))

    def own(self) -> _Found | None:
        """Read « des méthodes de l'étape Conception [sur l'accueil] », of a collection's own."""
        at = self._after_noun(_SHEETS) if self._own.labels else 0
        at += self._is(at, _ARE)
        if not at or not self._is(at, _WITH):
            return None
        return self._ended(self._values(at, self._own_value))

    def doing(self) -> _Found | None:
        """Read « que fait La Poste [pour l'accueil] ? » and "what does La Poste do?"."""
        at = self._skip(0, _set("bonjour hello est ce qu"))
        if self._is(at, _set("que comment qu")) and self._is(at + 1, _DOING):
            return self._ended(self._values(at + 2, self._value), whole=True)
        if self._is(at, _set("what")) and self._is(at + 1, _set("does do did has have")):
            found = self._values(at + 2, self._value)
            if found and self._is(found.at, _set("do done")):
                found.at += 1
                return self._ended(found, whole=True)
        return None

    def alone(self) -> _Found | None:
        """Read a question that is nothing but a value: « pour les mairies »."""
        found = self._values(0, self._value)
        if found and found.at == len(self._tokens) and found.facet in ("organisation", "sector"):
            return found
        return None

    def english(self) -> _Found | None:
        """Read "La Poste practices", with nothing else."""
        at = 0
        while at < len(self._tokens):
            found = self._values(at, self._value)
            if found:
                noun = self._skip(found.at, _set("s best good"))
                if self._is(noun, _ENGLISH_NOUNS) and noun + 1 == len(self._tokens):
                    found.at = noun + 1
                    return found
                return None
            if not self._is(at, _LEADS):
                return None
            at += 1
        return None

    def _is(self, at: int, words: frozenset[str]) -> bool:
        return at < len(self._tokens) and self._tokens[at].word in words

    def _skip(self, at: int, words: frozenset[str]) -> int:
        while self._is(at, words):
            at += 1
        return at

    def _after_noun(self, nouns: frozenset[str]) -> int:
        """Return the token after the last noun of a request, or 0 where there is none."""
        end = self._skip(0, _LEADS | nouns)
        return next((i for i in range(end, 0, -1) if self._tokens[i - 1].word in nouns), 0)

    def _values(self, at: int, value: Callable[[int], Named | None]) -> _Found | None:
        """Read one value, or several of one facet with « et » or a comma between."""
        found = _Found(at)
        while True:
            read = value(at)
            if read is None:
                return found if found.values else None
            facet, values, following = read
            if found.facet not in ("", facet):
                return None  # no practice would pass both
            found.facet, found.at = facet, following
            found.values += values
            if following >= len(self._tokens):
                return found
            between = self._text[self._tokens[following - 1].end : self._tokens[following].start]
            at = self._skip(following, _AND)
            if at == following and not (between.strip() and _LIST.fullmatch(between)):
                return found

    def _own_value(self, at: int) -> Named | None:
        """Read a value of a collection's own facet, with the little words before it."""
        end = self._skip(at, _WITH | _ARTICLES)
        places = range(at, min(end, at + LITTLE) + 1)
        return next(filter(None, (self._own.read(self._tokens, i) for i in places)), None)

    def _value(self, at: int) -> Named | None:
        """Read a value with the little words before it: facet, values, the token after it."""
        start = at
        while True:
            topic = at > start and self._is(at - 1, _TOPICS)
            meant = any(self._is(i, _FOR) for i in range(start, at))
            read = self._name(at, topic, meant)
            if read:
                return read
            little = self._is(at, _LINKS | _ARTICLES | _TOPICS)
            if not little or at - start >= LITTLE:
                return None
            at += 1

    def _name(self, at: int, topic: bool, meant: bool) -> Named | None:
        """Read a name; after « pour » (`meant`) only an alias, after « thème » only a theme."""
        for length in range(min(self._names.longest, len(self._tokens) - at), 0, -1):
            tokens = self._tokens[at : at + length]
            name = tuple(token.word for token in tokens)
            named = self._names.names.get(name)
            spelt = name not in self._names.capitals or tokens[0].text.isupper()
            if named and spelt and (topic or not meant or name in self._names.aliases):
                for facet in ("theme", "part") if topic else ("organisation", "sector"):
                    values = sorted(value for kind, value in named if kind == facet)
                    if values:
                        return facet, values, at + length
        return None

    def _ended(self, found: _Found | None, whole: bool = False) -> _Found | None:
        """Return what was found if the sentence ends there, or goes on to its subject.

        With `whole`, no other sentence may follow: « Que fait la mairie ? Personne ne répond. »
        """
        if found is None:
            return None
        ends = _ENDS.match(self._text, self._tokens[found.at - 1].end)
        if ends and whole and any(map(str.isalnum, self._text[ends.end() :])):
            return None
        if ends:
            return found
        if not self._is(found.at, _SUBJECTS):
            return None
        end = _SENTENCE_END.search(self._text, self._tokens[found.at].end)
        subject = [t for t in self._tokens[found.at :] if not end or t.start < end.start()]
        if len(subject) > MAX_SUBJECT or any(token.word in _VERBS for token in subject):
            return None
        return found
