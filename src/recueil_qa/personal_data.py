"""E-mail addresses and personal phone numbers: refused in what is served, but as contacts."""

from __future__ import annotations

import re

from recueil_qa.messages import Text

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# French numbers but those of services (08…, 3949), and international ones: ten digits or more,
# which groups of three, as large sums have them, are not enough to be.
_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+33|0033)[\s.]{0,3}(?:\(0\))?[\s.]{0,3}|0)[1-79](?:[\s./-]?\d{2}){4}(?!\d)"
    r"|(?<!\w)\+(?!\d{1,3}(?:[\s.]\d{3})+(?![\s.]?\d))[1-9](?:[\s.-]?\d){9,14}(?!\d)"
)


def has_personal_data(text: str) -> bool:
    """Return whether a text has an e-mail address or a personal phone number."""
    return bool(_EMAIL.search(text) or _PHONE.search(text))


def personal_data_fault(text: str) -> Text | None:
    """Return what is wrong with a text and how to mend it, without repeating it; or None."""
    if not has_personal_data(text):
        return None
    return Text(
        "donnée personnelle (courriel / téléphone) : mettez-la sous « contacts » ou retirez-la",
        "personal data (e-mail / phone): put it under 'contacts' or remove it",
    )
