"""What may not stand in what is served: personal data, and the marks of texts still to write.

E-mail addresses and personal phone numbers are refused, but as contacts; addresses of a function
(`contact@…`) are nobody's. `<à remplir, le titre>`
is the mark that a template leaves where somebody has to write, so that none is ever served as a
practice. It says what it is: angle brackets alone stand in many a text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text

_EMAIL = re.compile(r"(?<![\w.+-])(?P<who>[\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
# What stands before the @ where a function answers and not somebody, alone or as a first word.
_FUNCTION = re.compile(
    r"(?:contacts?|infos?|information|accueil|welcome|support|help|helpdesk|aide|assistance|hello"
    r"|bonjour|secretariat|mairie|webmaster|postmaster|admin|dpo|rgpd|gdpr|presse?|communication"
    r"|no-?reply|ne-?pas-?repondre|recrutement|jobs|feedback|privacy|security|mediateur|mediation"
    r"|reclamations?|usagers?|guichet|standard|office|newsletter|data|opendata|accessibilite"
    r"|(?:service|bureau|equipe|team|pole|cellule|mission|departement|direction)s?(?:[._-][\w.-]+)?)",
    re.IGNORECASE,
)
_ISBN = re.compile(
    r"(?:\bISBN(?:-1[03])?\s*:?\s*[\dX][\dX\s-]{8,16}|(?<!\d)97[89](?:[\s-]?\d){10}(?!\d))", re.I
)
# French numbers but those of services (08…, 3949), and international ones: ten digits or more,
# which groups of three, as large sums have them, are not enough to be.
_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+33|0033)[\s.]{0,3}(?:\(0\))?[\s.]{0,3}|0)[1-79](?:[\s./-]?\d{2}){4}(?!\d)"
    r"|(?<!\w)\+(?!\d{1,3}(?:[\s.]\d{3})+(?![\s.]?\d))[1-9](?:[\s.-]?\d){9,14}(?!\d)"
)
_OPENING = Text("à remplir", "to fill in")
_MARK = re.compile(f"<(?:{_OPENING.fr}|{_OPENING.en})\\b[^<>\n]*>", re.IGNORECASE)


def has_personal_data(text: str) -> bool:
    """Return whether a text has somebody's e-mail address or a personal phone number."""
    if "@" in text and any(not _FUNCTION.fullmatch(m["who"]) for m in _EMAIL.finditer(text)):
        return True
    # Most texts lack the signs without which there is no number: asked for first.
    if not ("0" in text or "+" in text):
        return False
    return bool(_PHONE.search(text) and _PHONE.search(_ISBN.sub(" ", text)))


def personal_data_fault(text: str) -> Text | None:
    """Return what is wrong with a text and how to mend it, without repeating it; or None."""
    if not has_personal_data(text):
        return None
    return Text(
        "donnée personnelle (courriel / téléphone) : mettez-la sous « contacts » ou retirez-la",
        "personal data (e-mail / phone): put it under 'contacts' or remove it",
    )


def blank(language: str, what: str) -> str:
    """Return the mark of a text to write."""
    return f"<{_OPENING.to(language)}, {what}>"


def unfilled(
    lines: Iterable[tuple[int, str]], path: Path, needed: Container[int] = ()
) -> list[Problem]:
    """Return a problem for each numbered line of a file that is still to fill in.

    The lines `needed` can't be removed.
    """
    return [
        Problem(
            path,
            number,
            Text(
                f"à remplir : mettez votre texte à la place de « {excerpt(mark[0])} »"
                + ("" if number in needed else ", ou ôtez la ligne si elle n'est pas nécessaire"),
                f"to fill in: put your text in the place of '{excerpt(mark[0])}'"
                + ("" if number in needed else ", or remove the line if it is not needed"),
            ),
        )
        for number, line in lines
        if (mark := _MARK.search(line))
    ]
