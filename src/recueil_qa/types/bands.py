"""How far the collections answer a question: three bands of a calibrated probability, in words.

An answer says "n practices answer" only where that is likely; leads are shown without a warning,
for a wrong refusal costs a manager more than three titles that she reads in five seconds.
"""

from __future__ import annotations

from enum import StrEnum

from recueil_qa.messages import Text


class Band(StrEnum):
    """How far the collections answer."""

    ANSWERS = "answers"
    LEADS = "leads"
    NOTHING = "nothing"


# By band: of one collection, of several. The first band also by one practice.
_WORDS: dict[Band, tuple[Text, Text]] = {
    Band.ANSWERS: (Text("{} pratiques répondent", "{} practices answer"),) * 2,
    Band.LEADS: (Text("Des pistes, sans certitude", "Leads, without certainty"),) * 2,
    Band.NOTHING: (
        Text("Rien dans le recueil n'y répond", "Nothing in the collection answers this"),
        Text("Rien dans les recueils n'y répond", "Nothing in the collections answers this"),
    ),
}
_ONE_ANSWERS = Text("1 pratique répond", "1 practice answers")


def band_words(band: Band, practices: int, language: str, *, several: bool = False) -> str:
    """Return the sentence of a band, in French or English (`en`).

    `practices` is how many are shown; `several` whether there is more than one collection.
    """
    words = _WORDS[band][several]
    if band is Band.ANSWERS and practices == 1:
        words = _ONE_ANSWERS
    return words.format(practices).to(language)
