from __future__ import annotations

import json

import pytest

from recueil_qa.reader.checks import fit_to_show
from recueil_qa.reader.wording import well_known_names
from recueil_qa.types import Line, Practice, Section
from tests.support import ROOT

LINES = (
    "En 2013, la Cnav a mesuré 30 % d'appels en moins sur deux ans",
    "Envoyer un SMS la veille aux 350 000 usagers de Lyon",
    "Compter les appels pour un même motif",
    "Economie de 12 euros par dossier",
)
PRACTICE = Practice(
    "petit-p2",
    "petit",
    "La mesure des rappels",
    (Section("conseils", "Conseils", tuple(Line(i, t) for i, t in enumerate(LINES, 1))),),
    organisation="Caisse des Tilleuls",
)
OTHER = Practice(
    "petit-p3", "petit", "Le courrier", (Section("c", "C", (Line(1, "relire avec la DGFiP"),)),)
)


@pytest.mark.parametrize(
    "why",
    [
        "mesure les appels répétés par motif",
        "Mesure les appels répétés par motif.",
        "a text message the day before, so that fewer people forget",
        "la Cnav a 30 % d'appels en moins",
        "in 2013 the Cnav cut calls by 30%",
        "depuis 2013, 350000 usagers de Lyon reçoivent un SMS",
        "les usagers de la Caisse des Tilleuls rappellent moins",
        "the effect of two years",
        "Sends an SMS the day before",
        "l'envoi d'un SMS (la veille) ; simple, rapide",
        "12 euros par dossier",
        "Relire avant d'envoyer",
        "jusqu'au guichet, les motifs sont repérés",
        "organised so that behaviours change",
        "les usagers de lyon rappellent moins",  # a name of its own, in lower case
    ],
)
def test_a_phrase_that_adds_nothing_is_shown(why: str) -> None:
    assert fit_to_show(why, PRACTICE, [PRACTICE, OTHER]) == why


@pytest.mark.parametrize(
    "why",
    [
        "",
        "   ",
        "...",
        "réduit les appels de 40 %",  # a figure
        "30 euros de moins",  # another unit
        "réduit les appels de quarante pour cent",
        "divise les appels par trois",
        "cuts calls by half",
        "cuts calls by a hundred",
        "réduit les appels d'un dixième",
        "réduit d'un cinquième les appels",
        "une quinzaine d'appels",
        "quintuple les appels",
        "cuts calls by a fifth",
        "cuts calls by two-tenths",
        "the third of the letters",
        "within a fortnight",
        "measured over a decade",
        "les appels du printemps",
        "fewer calls in winter",
        "fewer calls since last feb",
        "depuis 2014, moins d'appels",
        "depuis le 3 mai",
        "le 12 mai",
        "in May 2013",
        "chaque mardi",
        "350 000 euros de moins",
        "30 appels en moins",  # that was a share
        "mesuré à Marseille",  # a name
        "Marseille mesure les appels",
        "mesuré par l'URSSAF",
        "URSSAF mesure les appels",
        "mesuré par la cnil",
        "relire avec la dgfip",  # in capitals in another practice
        "L'Insee mesure les appels",
        "selon Dupont, moins d'appels",
        "mesuré à marseille",  # names in lower case
        "mesuré à vincennes",
        "comme chez microsoft",
        "selon dupont, moins d'appels",
        "measured by smith and jones",
        "mesure les appels avec zorglub",  # no word at all
        "mesure les appels avec salesforce",
        "il faut compter les appels",  # an obligation
        "vous devez compter les appels",
        "compter les appels est obligatoire",
        "agents must count calls",
        "counting calls is required",
        "you have to count calls",
        "ne jamais rappeler",
        "il convient de compter les appels",
        "les agents sont tenus de compter les appels",
        "il y a lieu de compter les appels",
        "compter les appels à tout prix",
        "compter strictement les appels",
        "agents ought to count calls",
        "staff are forced to count calls",
        "staff have got to count calls",
        "mesure les appels. Rappelle les usagers",  # a second sentence
        "mesure les appels! rappelle",
        "mesure les appels\nrappelle",
        "mesure les <b>appels</b>",  # markup
        "mesure les **appels**",
        "mesure [les appels](x)",
        "mesure `les appels`",
        "voir https://exemple.fr",  # a link
        "voir exemple.fr",
        "voir www.exemple",
        "écrire à moi@exemple",
        "« compter les appels »",  # not like a quotation
        "mesure \u202eles appels",  # what can't be seen
        "mesure les appels de ４０",  # other writings of figures
        "mesure les appels de ²",
        "mesure de \u2167 appels",
        "mesure à ΜARSEILLE",  # letters of other alphabets
        "mesure à \u1d0d\u1d00ʀseille",
        "mot " * 21,
        "x" * 300,
    ],
)
def test_a_phrase_that_adds_something_is_not(why: str) -> None:
    assert fit_to_show(why, PRACTICE, [PRACTICE, OTHER]) == ""


def test_a_share_or_a_season_that_the_practice_has_is_shown_in_either_language() -> None:
    text = "Au printemps, un dixième des appels en moins en une quinzaine"
    own = Practice("petit-p5", "petit", "x", (Section("c", "C", (Line(1, text),)),))
    for why in ("un dixième des appels", "a tenth of calls", "une quinzaine", "au printemps"):
        assert fit_to_show(why, own) == why
    assert fit_to_show("dix appels en moins", own) == ""
    assert fit_to_show("au lieu de rappeler", PRACTICE) == "au lieu de rappeler"


def test_twenty_words_are_shown_and_one_more_is_not() -> None:
    assert fit_to_show("mesure " * 20, PRACTICE) == ("mesure " * 20).strip()
    assert fit_to_show("mesure " * 21, PRACTICE) == ""


def test_a_word_that_another_practice_writes_begins_a_phrase() -> None:
    assert fit_to_show("Courrier relu", PRACTICE) == ""
    told = Practice("petit-p4", "petit", "x", (Section("c", "C", (Line(1, "le courrier"),)),))
    assert fit_to_show("Courrier relu", PRACTICE, [told]) == "Courrier relu"


@pytest.mark.model
def test_well_known_names_have_a_capital_in_the_encoder_s_vocabulary() -> None:
    tokenizer = json.loads((ROOT / "models/recueil-e5/tokenizer.json").read_text("utf-8"))
    pieces = {piece for piece, _ in tokenizer["model"]["vocab"]}
    names = set((ROOT / "src/recueil_qa/reader/names.txt").read_text("utf-8").split())
    assert names < well_known_names()
    assert len(names) > 900
    assert {name for name in names if f"▁{name}" in pieces} == set()
    assert {name for name in names if f"▁{name.capitalize()}" not in pieces} == set()
