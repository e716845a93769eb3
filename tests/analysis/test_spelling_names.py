"""What mending leaves alone, against the words of the booklet and the questions about it."""

from __future__ import annotations

import pytest

from recueil_qa.analysis.public_names import ACRONYMS, ORGANISATIONS
from recueil_qa.analysis.spelling import Spelling
from recueil_qa.analysis.words import fold, words
from tests.support.booklet import booklet

_ACRONYMS_IN_USE = """
CAF CNAF CNAM CNAV CPAM MSA URSSAF ACOSS UNCAM RSI CAMIEG CARSAT CRAM CRAMIF CGSS AGIRC ARRCO
CNRACL IRCANTEC ERAFP MGEN UNEDIC ANPE AFPA APEC FALC SPIP PJJ TGI CDAD JLD DISP DAP ENM ENAP DITP
DINUM DINSIC SGMAP DGME DGFIP DDFIP DRFIP DGDDI DGCCRF DGAFP DGCL DGAC DGPN DGGN DGRH DGESCO DGSIP
DGEFP DGOS DGCS DREES DARES INSEE ANTS ANTAI ANSSI CNIL CADA CNDA OFII OFPRA ADEME ANAH ANRU ANCT
CGET DATAR CEREMA DREAL DRAC DRAAF DREETS DIRECCTE DDETS DDCS DDPP DDTM DSDEN CROUS CNED ONISEP
CIDJ CNFPT INET INSP IRA CDG CCAS CIAS EPCI SDIS SIVOM SIVU PLUI SCOT DGST ATSEM EHPAD SSIAD
SAMSAH SAVS ESAT ITEP CDAPH MDPH CNSA UDAF UNAF ANAP ANESM ATIH APHP ARS CHU GHT HAS ONDAM PMSI
GPEC GPEEC RIFSEEP CHSCT CMMI RGAA RGPD DICOM MIVILUDES HATVP HMRC DVLA HMCTS DHSC NHS GDS
"""
ACRONYMS_IN_USE = _ACRONYMS_IN_USE.split()
_FEMININES = """
usagère usagères autrice autrices préfète sous-préfète agente agentes cheffe cheffes directrice
adjointe policière rédactrice maîtresse sapeuse pompière sapeuse-pompière sapeuses-pompières
guichetière guichetières conseillère chargée gardienne technicienne infirmière assistante
secrétaire-adjointe présidente vice-présidente sénatrice députée élue mairesse magistrate avocate
greffière huissière procureure défenseure ingenieure ingénieure professeure proviseure chercheuse
contrôleuse inspectrice instructrice médiatrice animatrice éducatrice formatrice facilitatrice
évaluatrice référente gestionnaires-adjointes officière brigadière lieutenante commandante
colonelle générale écrivaine administratrice opératrice téléopératrice coordinatrice programmeuse
développeuse factrice éboueuse ouvrière jardinière receveuse employée administrée citoyenne
habitante sergente chairwoman councilwomen spokesperson
"""
FEMININES = _FEMININES.split()
_NAMES = """
Doctolib Urssaf Pôle-emploi France-Travail Agirc-Arrco Cerfa Ameli FranceConnect Légifrance
Pajemploi Bercy Matignon Chorus Hélios Sirhen Tchap Pix Qualiopi Parcoursup Affelnet Pronote
Educonnect Elysée Linky Enedis Engie Colissimo Chronopost Docaposte Transilien Keolis Transdev
Vélib Vinci Bouygues Capgemini Accenture Deloitte Thales Sodexo Ipsos BVA Klesia Malakoff Humanis
Groupama Macif Maif Matmut Axa Natixis Bpifrance Cetelem FranceAgriMer SignalConso Service-Public
Infogreffe Géoportail Facebook Yammer Twitter LinkedIn Instagram WhatsApp YouTube Trustpilot
Salesforce Zendesk SharePoint Netflix Airbnb BlaBlaCar Ikea Darty Fnac Ofsted Jobcentre Medicare
Centrelink
"""
NAMES = _NAMES.split()


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    collection = booklet()
    lines = [
        line.text
        for practice in collection.practices
        for section in practice.sections
        for line in section.lines
    ]
    return Spelling.of([*lines, *(question.text for question in collection.questions)])


SENTENCES = ("que fait la {} ?", "comment la {} reçoit-elle ses usagers", "does {} answer letters?")


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("typed", [str, str.lower])
def test_acronyms_are_left_alone(spelling: Spelling, sentence: str, typed: type[str]) -> None:
    texts = [sentence.format(typed(acronym)) for acronym in ACRONYMS_IN_USE]
    assert len(texts) >= 120
    assert [spelling.correct(text) for text in texts] == texts


def test_an_acronym_that_nobody_listed_is_told_by_its_capitals(spelling: Spelling) -> None:
    for unknown in ("ACEUIL", "GICHET", "CNAFE", "DGXIP", "SGMAPS"):
        assert fold(unknown) not in ACRONYMS
        text = f"que fait la {unknown} ?"
        assert spelling.correct(text) == text


def test_in_a_query_in_capitals_slips_are_mended_and_acronyms_are_not(spelling: Spelling) -> None:
    assert spelling.correct("COMMENT REDUIRE LES APELS DE LA CNAF") == (
        "COMMENT REDUIRE LES appels DE LA CNAF"
    )
    assert spelling.correct("LA CNAM ET SES AGNETS à l'accueil") == (
        "LA CNAM ET SES agents à l'accueil"
    )


@pytest.mark.parametrize("typed", [str, str.lower, str.capitalize, str.upper])
def test_feminines_are_left_alone(spelling: Spelling, typed: type[str]) -> None:
    assert len(FEMININES) >= 60
    for sentence in ("le métier de {} au guichet", "{}"):
        texts = [sentence.format(typed(word)) for word in FEMININES]
        assert [spelling.correct(text) for text in texts] == texts


@pytest.mark.parametrize("typed", [str, str.lower, str.upper])
def test_organisations_are_left_alone(spelling: Spelling, typed: type[str]) -> None:
    assert len(NAMES) >= 60
    for sentence in ("un compte {} pour chacun", "{}", "l'accueil chez {}"):
        texts = [sentence.format(typed(name)) for name in NAMES]
        assert [spelling.correct(text) for text in texts] == texts


@pytest.mark.parametrize(
    "text",
    [
        "agent·e·s",
        "usager(e)s",
        "agent.e.s",
        "usager·ère·s",
        "usager(ère)s",
        "directeur·rice·s",
        "directeur/trice",
        "conseiller.ère.s",
        "conseiller-ère-s",
        "technicien·nes",
        "lect·eur·rice·s",
        "administrat·eur·rice·s",
        "chef·fe de service",
        "maître·sse d'ouvrage",
        "élu•es",
        "professionnel(le)s",
        "chargé.e.s de clientèle",
        "étudiant-e-s",
        "instituteur(trice)",
        "ameli.fr",
        "www.demarchs.gouv.fr",
        "acueil@mairie.fr",
        "iPhone",
        "monComptte",
    ],
)
def test_inclusive_writing_and_addresses_are_left_alone(spelling: Spelling, text: str) -> None:
    for sentence in ("{}", "nos {} débordés"):
        assert spelling.correct(sentence.format(text)) == sentence.format(text)


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("laccueil des usagrs", "l'accueil des usagers"),
        ("reduire les apels", "reduire les appels"),
        ("la direktrice et les agants", "la directrice et les agents"),
        ("lurssaf", "l'urssaf"),
    ],
)
def test_slips_are_still_mended(spelling: Spelling, typed: str, mended: str) -> None:
    assert spelling.correct(typed) == mended


@pytest.mark.parametrize(
    "text", ["how to get the lable of a service", "how is the dequipe for staff"]
)
def test_english_gets_no_elision(spelling: Spelling, text: str) -> None:
    assert "'" not in spelling.correct(text)


def test_a_query_in_another_language_is_left_alone(spelling: Spelling) -> None:
    for text in (
        "Wie lange warten die Leute auf einen Termin bei der Behörde",
        "cómo reducir las colas de los usuarios en la oficina",
    ):
        assert spelling.correct(text) == text


def test_no_listed_name_has_a_capital_or_an_accent() -> None:
    listed = ACRONYMS | ORGANISATIONS
    assert len(ACRONYMS) >= 250
    assert [name for name in listed if name != fold(name) or words(name) != [name]] == []


@pytest.mark.parametrize(
    ("typed", "accented"),
    [
        ("reduire les appels repetes", "réduire les appels répétés"),
        ("acces aux services pour les handicapes", "accès aux services pour les handicapés"),
        ("Etat des delais de la prefecture", "État des délais de la préfecture"),
        ("COMMENT REDUIRE LES DELAIS", "COMMENT RÉDUIRE LES DÉLAIS"),
        ("la qualite ou le delai a la prefecture", "la qualité ou le délai a la préfecture"),
        ("comment faire une evaluation du telephone", "comment faire une évaluation du téléphone"),
        ("tres peu de reclamations deja traitees", "très peu de réclamations déjà traitées"),
        ("standard telephonique debordé", None),
        ("standard telephonique deborde", "standard téléphonique débordé"),
        # Both are words.
        ("la marche du service, le change, la forme", "la marche du service, le change, la forme"),
        # Some are typed with accents: so would the others be.
        ("réduire les delais", "réduire les delais"),
        ("que fait la cnaf et l'ena", "que fait la cnaf et l'ena"),
        # English.
        ("evaluation of the service by telephone", "evaluation of the service by telephone"),
        ("evaluation service", "evaluation service"),
        ("telephone", "telephone"),
        ("how to evaluate a service", "how to evaluate a service"),
        ("Wie lange warten die Leute auf einen Termin bei der prefecture", None),
        ("", ""),
    ],
)
def test_a_french_query_gets_its_accents_back(
    spelling: Spelling, typed: str, accented: str | None
) -> None:
    assert spelling.accented(typed) == (typed if accented is None else accented)
    assert spelling.accented(spelling.accented(typed)) == spelling.accented(typed)
    # Accents are no slips.
    assert fold(spelling.correct(spelling.accented(typed))) == fold(typed)


def test_accents_change_no_stem(spelling: Spelling) -> None:
    collection = booklet()
    for question in collection.questions[:400]:
        bare = "".join(letter if letter.isascii() else fold(letter) for letter in question.text)
        restored = spelling.accented(bare)
        assert fold(restored) == fold(bare)
        assert [w.isupper() for w in words(restored)] == [w.isupper() for w in words(bare)]


def test_no_english_question_gets_an_accent(spelling: Spelling) -> None:
    collection = booklet()
    english = [q.text for q in collection.questions if q.language == "en"]
    changed = [text for text in english if spelling.accented(text) != text]
    assert len(english) > 500
    assert changed == []
