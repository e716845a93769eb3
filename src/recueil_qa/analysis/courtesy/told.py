"""Whether a sentence tells of a formula of courtesy, rather than uses it."""

from __future__ import annotations

import re

# After these words a formula is what the sentence is about.
_SAYING = re.compile(
    r"\b(?:di(?:re|t|s|sent|sons|tes|sant|ra|rait|ront)|redire|mots?|formules?|politesse|courtoisie|"
    r"sign(?:er?|es?|ees?|ent|ed|ing)?|ecri(?:re|t|ts|te|tes|vent|ture)|termin\w+|"
    r"fini(?:r|t|s|es?|ssent)|conclu\w*|(?:au\s+)?revoir|bonjour|merci|remerci\w*|"
    r"salu(?:e|es|er|ent)|sourires?|entend\w*|repond\w*|recevoir|recoi\w+|accueill\w+|sans|"
    r"say(?:s|ing)?|said|words?|phrases?|hello|courtesy|polite\w*|writ(?:e|es|ing|ten)|"
    r"end(?:s|ed|ing)|hear\w*|greet\w*|without)\b"
)
# Just before it.
_BEFORE = re.compile(
    r"(?:\b(?:plus|jamais|ni|et|ou|un|une|de|le|aucun|pas|trop|peu|tres|par|avec|en|no|never|a|or|"
    r"and|the|to|our|your|their|his|her|not|us|users|people|them)|['«\"“(])\s*$"
)
# Just before one that is never said but for courtesy.
_QUOTED = re.compile(
    r"(?:\b(?:par|de|d'un|mots?|formules?|di(?:re|t|sent|sant)|ecri(?:re|vent)|sign\w+|un|une|le|"
    r"la|by|says?|saying|said|words?|with|a|the|et|and|or|ou)|['«\"“(])\s*$"
)
# Before « s'il vous plaît » in full: « svp » is only courtesy.
_SAID = re.compile(
    r"(?<!me )(?<!nous )\b(?:di(?:re|t|s|sent|sons|tes|sant)|mots?|formules?|bonjour|merci|says?|"
    r"said|saying|words?|hello|never|forget\w*|oubli\w+)\b[^.?!\n]{0,60}\Z"
)


def is_told_of(sentence: str, surely: bool) -> bool:
    """Return whether a formula after these words is what they tell of."""
    if surely:
        return bool(_QUOTED.search(sentence))
    return bool(_SAYING.search(sentence) or _BEFORE.search(sentence))


def is_said(plain: str, start: int, end: int) -> bool:
    """Return whether « s'il vous plaît » is what somebody says, in a sentence that tells of it."""
    if not ("plait" in plain[start:end] or "please" in plain[start:end]):
        return False
    return bool(_SAID.search(plain[max(0, start - 80) : start]))
