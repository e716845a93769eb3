"""Words that tell whether a language model's phrase may be shown: folded, French and English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# "un", "une", "one" are articles and pronouns more often than numbers.
_FRENCH_NUMBERS = (
    "zero 0 deux 2 trois 3 quatre 4 cinq 5 six 6 sept 7 huit 8 neuf 9 dix 10 onze 11 douze 12 "
    "treize 13 quatorze 14 quinze 15 seize 16 vingt 20 vingts 20 trente 30 quarante 40 "
    "cinquante 50 soixante 60 septante 70 octante 80 huitante 80 nonante 90 cent 100 cents 100 "
    "mille 1000 millier 1000 milliers 1000 million million millions million milliard billion "
    "milliards billion dizaine 10 dizaines 10 douzaine 12 vingtaine 20 trentaine 30 "
    "quarantaine 40 cinquantaine 50 soixantaine 60 centaine 100 centaines 100 moitie 1/2 "
    "moities 1/2 demi 1/2 demie 1/2 tiers 1/3 quart 1/4 quarts 1/4 double x2 doubles x2 "
    "doubler x2 doublant x2 doublee x2 triple x3 triples x3 tripler x3 triplant x3 quadruple x4 "
    "quadrupler x4 quintuple x5 quintupler x5 decuple x10 decupler x10 paire 2 paires 2 huitaine 8 "
    "quinzaine 15 trillion trillion trillions trillion decennie 10 decennies 10 siecle 100 "
    "siecles 100 "
)
_ENGLISH_NUMBERS = (
    "nil 0 two 2 three 3 four 4 five 5 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 "
    "thirteen 13 fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 "
    "twenty 20 thirty 30 forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred 100 "
    "hundreds 100 thousand 1000 thousands 1000 billion billion billions billion dozen 12 "
    "dozens 12 half 1/2 halves 1/2 halved 1/2 halving 1/2 third 1/3 thirds 1/3 quarter 1/4 "
    "quarters 1/4 doubled x2 doubling x2 twice x2 twofold x2 tripled x3 tripling x3 thrice x3 "
    "treble x3 threefold x3 fourfold x4 fivefold x5 tenfold x10 quadrupled x4 twenties 20 "
    "thirties 30 forties 40 fifties 50 sixties 60 seventies 70 eighties 80 nineties 90 "
    "fortnight 15 fortnights 15 decade 10 decades 10 century 100 centuries 100"
)
# A place in an order, or a share: "un dixième" is no ten. "premier", "first" are said of much else.
_ORDINALS = (
    "deuxieme 2nd second 2nd seconde 2nd troisieme 3rd quatrieme 4th fourth 4th cinquieme 5th "
    "fifth 5th sixieme 6th sixth 6th septieme 7th seventh 7th huitieme 8th eighth 8th "
    "neuvieme 9th ninth 9th dixieme 10th tenth 10th onzieme 11th eleventh 11th douzieme 12th "
    "twelfth 12th quinzieme 15th fifteenth 15th vingtieme 20th twentieth 20th trentieme 30th "
    "thirtieth 30th centieme 100th hundredth 100th millieme 1000th thousandth 1000th"
)


def _listed(pairs: str) -> Iterator[tuple[str, str]]:
    words = iter(pairs.split())
    return zip(words, words, strict=True)


NUMBERS = dict(_listed(_FRENCH_NUMBERS + _ENGLISH_NUMBERS))
NUMBERS |= {word + end: rank for word, rank in _listed(_ORDINALS) for end in ("", "s")}

# Months and days, those of the two languages alike.
_FRENCH_DATES = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre "
    "lundi mardi mercredi jeudi vendredi samedi dimanche"
)
_ENGLISH_DATES = (
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday"
)
DATES = {
    word: french
    for listed in (_FRENCH_DATES, _ENGLISH_DATES)
    for word, french in zip(listed.split(), _FRENCH_DATES.split(), strict=True)
}
# Months cut short, and times of the year; "été", "fall" and "spring" are said of much else.
DATES |= dict(
    _listed(
        "jan janvier janv janvier fev fevrier feb fevrier avr avril apr avril aug aout oct octobre "
        "nov novembre dec decembre printemps printemps summer summer automne automne "
        "autumn automne hiver hiver winter hiver paques paques easter paques"
    )
)
OTHERWISE = frozenset(("mars", "march", "may", "august"))  # months beside a number only

# Advice that is told as an obligation, or as a ban.
OBLIGATION = re.compile(
    r"\b(?:doi[st]|doivent|dev(?:oir|ons|ez|ra\w*|ront|ai\w*|rai\w*|rions|riez)|"
    r"oblig\w*|imperati\w*|impos(?:e|ent|er|ee?s?|ant)|exig\w*|requi(?:s|se|ses|ert|erent)|"
    r"fau(?:t|dra|drait)|fallait|contraint\w*|interdi\w*|prohib\w*|indispensable\w*|"
    r"necessaire\w*|incontournable\w*|forcement|jamais|toujours|convient de|convient d|"
    r"tenue?s? (?:de|d|a)|y a lieu|astrein\w*|forc(?:er|ent|ant|ees?)|absolument|"
    r"strictement|essentiel(?:le)? (?:de|d|que)|de rigueur|sans exception|a tout prix|"
    r"coute que coute|ordonn(?:e|ent|er|ant) (?:de|d|a|aux)|(?:pas|autre) le choix|"
    r"must\w*|shall|have to|has to|had to|having to|needs? to|bound to|supposed to|"
    r"ought to|got to|gotta|duty to|compel\w*|forc(?:ed|ing)|strictly|absolutely|"
    r"essential (?:to|that)|without exception|at all costs|no choice|"
    r"requir\w*|mandat(?:ory|ed|es?)|compuls\w*|enforc\w*|forbid\w*|ban(?:s|ned)?|"
    r"imposes|imposed|imposing|necess\w*|never|always)\b"
)

# Common words that a phrase may begin with, beside those that the practices write themselves.
_FRENCH_OPENERS = """
a accompagne accompagner accueille accueillir adapte adapter agir aide aider aller ameliore
ameliorer analyse analyser anime animer annonce annoncer apprend apprendre appuie appuyer associe
associer au aux avant avec avertir avoir batir bien calcule calculer cartographie cartographier ce
centralise centraliser ces cet cette chaque choisir cible cibler clarifie clarifier comme comprendre
compte compter conseille construire construit consulte consulter contre convoque creer cree croise
croiser dans de decrit decrire definir definit deploie deployer des detaille detecte detecter
developpe developper diffuse diffuser diminue diminuer donne donner du echange echanger ecoute
ecouter elargir elargit elle elles en encourage encourager enquete entre envoie envoyer etablir
etablit evalue evaluer eviter evite explique expliquer expose faire fait favorise favoriser fixe
fixer forme former formule gagner gere gerer il identifie identifier ils implique impliquer incite
inciter indique informe informer integre integrer invite inviter jeu l la laisse laisser le les
libere libere liberer limite limiter lors lutte meme mesure mesurer met mettre mise mobilise
mobiliser modelise modeliser montre montrer oriente orienter ou outil outille ouvre ouvrir par
partage partager partir permet permettre pilote piloter plus plusieurs porte porter pour pouvoir
prendre prend prepare preparer presente presenter previent prevenir produire produit promeut
promouvoir propose proposer publie publier qui rappelle rappeler rapproche rapprocher recense
recenser recueille recueillir reduire reduit redonne redonner rendre rend renforce renforcer
renseigne renseigner reperer repere reponse repond repondre retour reunir reunit s sans se
sensibilise sensibiliser signale signaler simplifie simplifier son soutenir soutient suit suivre sur
teste tester tient tirer toute tous tout traite traiter travaille travailler trouve trouver un une
utilise utiliser valorise valoriser verifie verifier vise viser
"""
_ENGLISH_OPENERS = """
a about accompanies achieves across acts adapts addresses advises after agents all allows also an
analyses analyzes and announces answers anyone applies asks assesses assigns at avoids before
begins beyond breaks brings builds by calls centralises centralizes challenges changes checks
chooses clarifies classes clear coaches collects combines compares connects consults counts covers
creates cuts deals defines describes designs details develops directs easier encourages engages
enlists ensures equips evaluates everyone every explains fast few fights finds first fits fixes
follows for forms free from full gathers gets gives goes groups guides handles has having helps how
identifies improves in includes informs integrates introduces invents invites involves it its joins
keeps learning lets limits linking links listens local lowers maintains makes managers manages maps
marks measures meets models monitors more moves names no not notifies observes of offers on one
opens organises organizes people pilots plans points prepares prevents promotes proposes prototypes
provides publishes puts raises reaches reads reassures recognises recognizes records reduces reminds
remote replies reports resists rewards sends sets shared shares short shows simple simplifies single
small softens solves sorts staff starts steers stops strengthens suggests supports surveys tackles
takes targets teaches tells tests text texts that the their these they this those through to tracks
trains treats tries turns understands users uses values volunteers watches weekly welcomes what when
where which who widens with without works writes written
"""
OPENERS = frozenset((_FRENCH_OPENERS + _ENGLISH_OPENERS).split())

# What an apostrophe leaves of words that no list has so.
ELIDED = frozenset(["aujourd", "jusqu", "lorsqu", "presqu", "puisqu", "quoiqu"])

_OTHER_NAMES = """
android angers anne ardennes beatrice berlin bourgogne camille carole cecile christian christophe
claude corinne corse excel facebook francois helene ipad iphone isabelle jerome julien leroy
lorraine macon marc marion monique moreau nadine nevers pauline pierre rennes roux sabine sylvie
twitter valerie vannes vincennes windows yves
"""


@cache
def well_known_names() -> frozenset[str]:
    """Return names that the lists of common words hold: of persons, places and firms.

    Of their words, those that the vocabulary of the encoder's tokenizer has with a capital only,
    without the common nouns among them; and some that it cuts into pieces.
    """
    listed = Path(__file__).with_name("names.txt").read_text("utf-8")
    return frozenset((listed + _OTHER_NAMES).split())
