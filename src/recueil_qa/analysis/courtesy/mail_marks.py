"""What mail programs and signatures leave in a text, as patterns without capitals or accents."""

from __future__ import annotations

import re

DEVICE = re.compile(
    r"(?:envoye|sent|expedie)\s+(?:de|depuis|from|a\s+partir\s+de|via)\s+(?:mon|my)\s+"
    r"(?:iphone|ipad|smartphone|samsung|galaxy|mobile|telephone|portable|android|phone|tablet|"
    r"blackberry|huawei|xiaomi|mac)\b(?:[ ]+(?:orange|sfr|free|samsung|galaxy|mobile"
    r"|device|phone))?[\s.]*"
    r"|(?:envoye|sent)\s+(?:depuis|from|via|avec|with)\s+(?:l'application\s+mail"
    r"|outlook|yahoo|gmail)"
    r"[^\n?]{0,40}"
    r"|(?:obtenir|telecharger|get)\s+outlook\s+(?:pour|for)\s+(?:ios|android)[\s.]*"
    r"|-{3,}[ ]*(?:message\s+d'origine|original\s+message|forwarded\s+message"
    r"|message\s+transfere)[ ]*-{0,20}\s*"
)
HEADERS = re.compile(
    r"(?:^(?:de|from|envoye(?:\s+le)?|sent|date|a|to|cc|cci|bcc)[ ]*:[^\n]{0,200}\n){2,8}", re.M
)
PHONE = re.compile(
    r"[+0](?<![\w/.,+][+0])(?:(?:(?<=\+)"
    r"|0)\d{1,3}[\s.-]?(?:\(0\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}"
    r"|(?<=0)[1-9](?:[\s.-]?\d\d){4}|(?<=0)\d{2,4}[\s-]\d{3,4}[\s-]\d{3,4})(?!\w)(?![.,]\d)"
)
PHONE_LABEL = re.compile(
    r"(?<!\w)(?:(?:tel|telephone|phone|mob|mobile|portable|port|fax|ligne\s+directe)\s*[.:]{1,2}"
    r"|tel)\s*\Z"
)
EMAIL = re.compile(
    r"(?:(?<!\w)(?:e-?mail|mail|courriel|mel)\s*:\s*)?[<(]?(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}"
    r"(?:\.[\w-]{1,63}){1,5}(?!\w)[>)]?"
)
