"""What the fonts Symbol and Wingdings draw for a character, as Unicode."""

from __future__ import annotations

PRIVATE = 0xF000  # Word writes a symbol's code there
# From 0x22 on, as Adobe's encoding of Symbol; a blank is an undefined code.
_LOW = (
    "!∀#∃%&∋()*+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…  ↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_SYMBOL = {
    **{0x21 + at: character for at, character in enumerate(_LOW) if character != " "},
    **{0xA0 + at: character for at, character in enumerate(_HIGH) if character != " "},
    0xF1: "〉",
    0xF2: "∫",
}
_WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x46: "☞", 0x4A: "☺", 0x4C: "☹", 0x6C: "●", 0x6E: "■", 0x6F: "☐",
    0x71: "❑", 0x72: "❒", 0x76: "❖", 0x77: "⬥", 0x9F: "•", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢",
    0xDC: "➲", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip


def symbol(font: str, code: int) -> str:
    """Return the character that a symbol font draws for a code; "" where it isn't known."""
    private = PRIVATE <= code < 0xF900
    code = code - PRIVATE if private else code
    name = font.strip().lower()
    if name.startswith("symbol"):
        return " " if code == 0x20 else _SYMBOL.get(code, "")
    if name.startswith("wingdings") and not name.endswith(("2", "3")):
        return " " if code == 0x20 else _WINGDINGS.get(code, "")
    pictures = name.startswith(("wingdings", "webdings"))
    return "" if private or pictures or not chr(code).isprintable() else chr(code)


def respell(font: str, text: str) -> str:
    """Return a text that a symbol font draws; what isn't known of it stays as it is."""
    if not font.strip().lower().startswith(("symbol", "wingdings")):
        return text
    return "".join(symbol(font, ord(character)) or character for character in text)
