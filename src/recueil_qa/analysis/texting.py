"""Words as people type them on a telephone: « pr tt le mond », "wat do ppl do"."""

from __future__ import annotations

import re

# No word of either language: one of them shows how the whole is typed.
_PLAIN = {
    "koi": "quoi", "pkoi": "pourquoi", "kan": "quand", "kil": "qu'il", "kils": "qu'ils",
    "kon": "qu'on", "kel": "quel", "kelle": "quelle", "kels": "quels", "bcp": "beaucoup",
    "tjs": "toujours", "tjrs": "toujours", "pcq": "parce que", "pck": "parce que",
    "mtn": "maintenant", "svt": "souvent", "qqn": "quelqu'un", "qqch": "quelque chose",
    "bjr": "bonjour", "slt": "salut", "nouvo": "nouveau", "nouvos": "nouveaux", "boulo": "boulot",
    "comen": "comment", "coment": "comment", "comant": "comment", "pourkoi": "pourquoi",
    "quil": "qu'il", "quils": "qu'ils", "jai": "j'ai",
    "cest": "c'est", "cetait": "c'était", "yen": "il y en", "dla": "de la",
    "pbs": "problèmes", "rdvs": "rendez-vous", "chui": "je suis", "kelk1": "quelqu'un",
    "wat": "what", "wot": "what", "ppl": "people", "thx": "thanks", "plz": "please",
    "pls": "please", "wks": "weeks", "yrs": "years", "mgmt": "management", "govt": "government",
    "dept": "department", "dont": "don't", "cant": "can't", "doesnt": "doesn't", "wont": "won't",
    "isnt": "isn't", "no1": "no one", "every1": "everyone", "some1": "someone", "msg": "message",
    "msgs": "messages", "appt": "appointment", "appts": "appointments",
}  # fmt: skip
# Only beside one of those: they are abbreviations of other things too.
_DOUBTFUL = {
    "pr": "pour", "tt": "tout", "tte": "toute", "ts": "tous", "ns": "nous", "ds": "dans",
    "qd": "quand", "dc": "donc", "pb": "problème", "pk": "pourquoi", "ke": "que", "ki": "qui",
    "c": "c'est", "g": "j'ai", "kom": "comme", "bc": "because", "u": "you", "r": "are",
    "ur": "your", "wk": "week", "bt": "but",
}  # fmt: skip
_FRENCH = frozenset({"dont", "wont", "cant"})  # « dont » is no "don't"
LONG = 3  # letters
_WORD = re.compile(r"[^\W_]+")


def in_full(text: str, language: str) -> str:
    """Return a text with the words that are typed as on a telephone in full.

    `language` is what the text is guessed to be in, or empty.
    """
    typed = {word.lower() for word in _WORD.findall(text)} & _PLAIN.keys()
    if language != "en":
        typed -= _FRENCH
    if not typed:
        return text
    known = {word: _PLAIN[word] for word in typed} | _DOUBTFUL

    def full(found: re.Match[str]) -> str:
        word = found[0]
        # « PR » and « C » in capitals are something else.
        return word if word.isupper() and len(word) < LONG else known.get(word.lower(), word)

    return _WORD.sub(full, text)
