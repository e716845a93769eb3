"""What a question asks for: one thing, a fact, a figure; and what it asks to do without.

Read off the words it begins with and a few others, in French and in English: no more than bands and
the choice of lines lean on it, never whether a practice is found.
"""

from __future__ import annotations

import re

from recueil_qa.analysis.words import fold

_FIGURE = re.compile(
    r"\b(?:combien|"
    r"quel(?:le)?s?\s+(?:est\s+l(?:[ea]\s+|'\s*)|sont\s+les\s+)?"
    r"(?:parts?|proportions?|pourcentages?|nombres?|montants?|taux|couts?|prix|budgets?|delais?|"
    r"durees?|sommes?|effectifs?|frequences?|rythmes?|scores?|notes?|ages?|tarifs?)|"
    r"how\s+(?:many|much|long|often|old|big|large|fast)|"
    r"(?:what|which)\s+(?:is\s+the\s+|are\s+the\s+|was\s+the\s+)?"
    r"(?:share|percentage|proportion|rate|number|amount|cost|price|budget|score|total|deadline)s?)\b"
)
# How a question begins that one line may answer; "comment" and "how to" want a whole practice.
_OPENING = re.compile(
    r"\W*(?:(?:a|de|en|par|pour|avec|sous|dans|sur|depuis|jusqu'?a?|avant|apres|d'|l')\s*)?"
    r"(?:combien|quel(?:le)?s?|qui|quand|ou|lequel|laquelle|faut|vaut|peut|peuvent|doit|doivent|"
    r"est-ce|y a-t|a-t|"
    r"should|can|could|do|does|did|is|are|was|were|which|what|who|whom|whose|when|where|must|may|"
    r"how\s+(?:many|much|long|often))\b"
)
_BROAD = re.compile(r"\W*(?:comment|how)\b(?!\s+(?:many|much|long|often)\b)")


def asks_one_thing(text: str) -> bool:
    """Return whether a question may be answered by one line: it asks which, who, whether, how many.

    Not a problem that is told, nor how something is done.
    """
    folded = _folded(text)
    if _BROAD.match(folded):
        return False
    return "?" in text or _OPENING.match(folded) is not None


def asks_for_figure(text: str) -> bool:
    """Return whether a question asks how many, how much, how long, what share."""
    return _FIGURE.search(_folded(text)) is not None


# A number that measures something: no year, no rank.
_NUMBER = re.compile(
    r"(?<![\w.,])(?!(?:19|20)\d\d(?!\d|[\d,.]*\s?%))"
    r"\d[\d \u00a0\u202f.,]*(?!\d*(?i:(?:er|[eè]re|re|e|[eè]me|nde?|st|rd|th)s?)\b)"
)


def has_figure(text: str) -> bool:
    """Return whether a text holds a number that measures something, not only years and ranks."""
    return _NUMBER.search(text) is not None


# A fact is looked up, not advised on: who, where, when, which number or address.
_FACT = re.compile(
    r"\b(?:qui\s+(?:est|sont|dirige|preside)|ou\s+(?:est|se\s+trouve|sont|se\s+situe)|"
    r"a\s+quelle\s+(?:date|heure|adresse)|en\s+quelle\s+annee|depuis\s+quand|"
    r"quel(?:le)?s?\s+(?:est\s+l(?:[ea]\s+|'\s*)|sont\s+les\s+)?"
    r"(?:date|adresse|numero|telephone|nom|horaires?|loi|decret|article|annee)s?|"
    r"who\s+(?:is|are|runs|heads)|where\s+(?:is|are)|in\s+(?:what|which)\s+year|since\s+when|"
    r"(?:what|which)\s+(?:is\s+the\s+|are\s+the\s+)?"
    r"(?:date|address|phone|telephone|name|law|decree|year|opening\s+hour)s?)\b"
)
_WITHOUT = re.compile(
    r"\b(?:sans|hors|without)\s+"
    r"(?:(?:[ld]'|(?:le|la|les|un|une|de|du|des|aucune?|avoir|a|devoir|prendre|passer|par|recourir|"
    r"au|aux|faire|the|an|any|having|to|going|through|making|taking|using|more)\b)\s*)*"
    r"([^\W\d_]+(?:-[^\W\d_]+)*)"
)


def asks_for_fact(text: str) -> bool:
    """Return whether a question is for a fact that one line would have to give, a figure or not."""
    return asks_for_figure(text) or _FACT.search(_folded(text)) is not None


def done_without(text: str) -> tuple[str, ...]:
    """Return the words, folded, of what a question asks to do without (« sans rendez-vous »)."""
    return tuple(_WITHOUT.findall(_folded(text)))


def _folded(text: str) -> str:
    return fold(text).replace("\u2019", "'")
