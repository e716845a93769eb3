"""Formulas of courtesy in French and English, as patterns over text without capitals or accents.

The patterns are bounded: none repeats over what another repeats over, so that no text is slow.
"""

from __future__ import annotations

import re

# What must follow a formula for it to be one: a mark or the end of the line, or of the text.
_END = r"(?:[ ]*[,!.;:…\n]|[ ]+[-–—](?=\s)|\s*$)[\s,!.;:…–—]*"
# No colon: « Merci : un mot qui manque » tells of the word.
_COMMA_OR_STOP = r"(?=[ ]*(?:[!.;,…\n)]|[ ]+[-–—]|$))[\s,!.;…]*"
_CLOSED = (
    r"\s+(?=(?:bien|tres|sinceres|meilleures)\s+(?:cordialement|salutations)|cordialement|"
    r"(?:kind|best|warm)\s+regards|je\s+vous\s+prie)"
)
# Words that begin a question or a sentence: a greeting without a mark ends before them.
_OPENER = (
    r"\s+(?=(?:je|j'|nous|on|comment|quel(?:le)?s?|pourquoi|combien|est-ce|y\s+a|avez|auriez|"
    r"pouvez|pourriez|peut-on|existe|savez|notre|nos|mes|mon|ma|suite|petite|juste|voici|trop|"
    r"beaucoup|les|la|le|l'|ces?|cette|quand|depuis|chez|ils?|too|many|the|this|these|if|users|"
    r"i|i'm|i'd|we|how|what|why|where|which|when|who|can|could|would|do|does|is|are|"
    r"our|my|there|please|just)(?:\b|(?<=')))"
)
_TITLE = (
    r"(?:madame|monsieur|mesdames|messieurs|mademoiselle|mesdemoiselles|mme|mlle|mrs?\b\.?|m\.|"
    r"ms\b\.?|miss|sir|sirs|madam|dr\b\.?)"
)
_OFFICE = r"(?:\s+(?:la|le|les)\s+[\w-]+(?:\s+[\w'-]+){0,5}?)?"
_NAME = r"[\w-]+(?:\s+[\w-]+)?"
TITLE = re.compile(rf"\b{_TITLE}")
_TITLES = rf"{_TITLE}(?:\s*,\s*{_TITLE}|\s+(?:et|and|&)\s+{_TITLE}|\s+{_TITLE}){{0,3}}"
_DEAR = (
    r"(?:tou(?:te)?s(?:\s+(?:et|a)\s+(?:a\s+)?tou(?:te)?s)?|collegues?|amie?s?|confreres?|"
    r"equipes?|all|colleagues?|team|everyone|everybody|friends?|sir(?:\s*/\s*|\s+or\s+)madam|"
    rf"madam(?:\s*/\s*|\s+or\s+)sir|{_TITLES}{_OFFICE})"
)
_WHOM = (
    r"(?:\s*,?\s+(?:a\s+(?:vous|toi|tous|toutes)(?:\s+et\s+(?:a\s+)?tou(?:te)?s)?"
    r"|tout\s+le\s+monde|"
    r"l'equipe|les?\s+collegues|to\s+you|there|all|everyone|everybody|team|again|"
    rf"{_TITLES}{_OFFICE}|(?:mes\s+)?cher(?:e|s|es|[(.·]e[).·]?s?)?\s+{_DEAR}|dear\s+{_DEAR}))?"
)
_HELLO = (
    r"(?:bonjour|bonsoir|re-?bonjour|bjr|bsr|slt|salut|coucou|hello|hi|hey|greetings|"
    r"good\s+(?:morning|afternoon|evening|day))\b"
)
GREETING = re.compile(
    rf"{_HELLO}{_WHOM}(?:{_OPENER}|{_END}|\s+(?P<name>{_NAME})(?:{_OPENER}|{_END}))"
    rf"|(?:mes\s+)?(?:cher(?:e|s|es|[(.·]e[).·]?s?)?"
    rf"|dear)\s+(?:{_DEAR}(?:\s+(?P<kin>{_NAME}))?|(?P<dear>{_NAME})){_END}"
    rf"|{_TITLES}(?:{_OFFICE}[ ]*(?:,|\n|$)[\s,]*|\s+(?=(?:je|j'|nous)(?:\b|(?<='))))"
    r"|to\s+whom\s+it\s+may\s+concern" + _END
)

PREFIX = re.compile(
    r"(?:re|tr|fwd?|fw|rep|ref|aw|wg)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*:\s*"
    r"|(?:objet|sujet|subject)\s*:\s*(?:(?:demande\s+d(?:e\s+|')(?:informations?|renseignements?|"
    r"conseils?|aide)|question|demande|enquiry|request\s+for\s+(?:information|advice))\s*\n\s*)?"
    r"|\[(?:externe?|ext|external|urgent|important|spam|info|interne"
    r"|internal)[^\]\n]{0,20}\]\s*:?\s*"
    r"|(?:tres\s+|very\s+)?(?:urgent|important|asap)e?\b\s*(?:!+|:|\*+|\s[-–—]\s|\.|\n)[\s!:.–—-]*"
)
# « URGENT » without a mark after it is a label before a question, or in capitals among others.
LABEL = re.compile(r"(?:tres\s+|very\s+)?(?:urgent|important|asap)\b" + _OPENER)

_ABOUT = (
    r"(?:\s*(?:,\s*)?(?:au\s+sujet\s+d(?:e\s+|es\s+|u\s+|')|a\s+propos\s+d(?:e\s+|es\s+|u\s+|')|"
    r"concernant\s+|suite\s+a(?:u|ux)?\s+|car\s+|parce\s+qu(?:e\s+|')|puisqu(?:e\s+|')|"
    r"en\s+raison\s+d(?:e\s+|es\s+|u\s+|')|(?:afin|dans\s+le\s+but)\s+d(?:e\s+|')|"
    r"pour\s+(?:savoir\s+)?|a\s+ce\s+sujet|sur\s+)|\s*[:.,!\n]+\s*|\s+)"
)
_EN_ABOUT = (
    r"(?:\s+(?:about|regarding|concerning|because|as\s+we|with\s+regard\s+to|on|"
    r"in\s+connection\s+with|in\s+relation\s+to|to\s+(?:ask|enquire|inquire|find\s+out)"
    r"(?:\s+(?:you|about|if|whether))*)\b\s*:?\s*|\s*[:.,!\n]+\s*|\s+(?=(?:how|what|why|which)\b))"
)
_ME = r"(?:me\s+|nous\s+|m'|te\s+|vous\s+)"
_TELL = (
    r"(?:dire|indiquer|preciser|expliquer|conseiller|renseigner|informer|aider|eclairer|"
    r"faire\s+savoir|faire\s+part|donner\s+(?:des|quelques|vos|un)\s+(?:conseils?"
    r"|idees?|avis|pistes?)|"
    r"faire\s+part\s+de\s+vos\s+(?:conseils|idees))"
)
_AFTER_TELL = (
    r"(?:\s*,?\s*(?:svp|s'il\s+(?:vous|te)\s+plait)\s*,?)?(?:\s*:\s*|\s+(?:a\s+(?!l)|sur\s+|"
    r"au\s+sujet\s+d(?:e\s+|es\s+|u\s+|')|a\s+propos\s+d(?:e\s+|es\s+|u\s+|')|concernant\s+|"
    r"si\s+|s'(?=il)|pour\s+)?|\s*\?\s*)"
)
_QUESTION = (
    r"(?:une|quelques|deux|des)\s+(?:(?:petites?|simples?|rapides?)\s+)?questions?"
    r"(?:\s+a\s+(?:vous|te)\s+poser)?"
)
LEAD_IN = re.compile(
    # French.
    r"par\s+la\s+presente\s*,?\s*"
    r"|(?:je\s+me\s+permets|nous\s+nous\s+permettons)\s+de\s+(?:vous|te)\s+(?:contacter|ecrire|"
    rf"solliciter|joindre|relancer|adresser\s+ce\s+(?:message|mail|courrier|courriel)|"
    rf"poser\s+(?:{_QUESTION}|la\s+question\s+suivante)|demander)\b{_ABOUT}"
    r"|(?:je\s+(?:re)?viens|je\s+me\s+tourne|nous\s+(?:re)?venons|nous\s+nous\s+tournons)\s+vers\s+"
    rf"(?:vous|toi)\b{_ABOUT}"
    r"|(?:je|nous)\s+(?:vous|te)\s+(?:ecri(?:s|vons)|contact(?:e|ons)|sollicit(?:e|ons)|"
    rf"(?:adress|envo[iy])(?:e|ons)\s+ce\s+(?:message|mail|courrier|courriel))\b{_ABOUT}"
    r"|(?:(?:je|nous)\s+(?:souhait(?:e|erais|ons|erions)|voudr(?:ais|ions)|aimerions|"
    r"cherch(?:e|ons)\s+a|desir(?:e|erais|ons))|j'aimerais)\s+(?:bien\s+)?(?:savoir"
    r"|connaitre|(?:vous|te)\s+demander|"
    r"(?:avoir|obtenir|recevoir)\s+(?:un|des|quelques|vos)\s+(?:conseils?|idees?|pistes?|avis|"
    r"renseignements?|informations?)\s+(?:sur|pour|concernant|a\s+propos\s+de)|"
    rf"(?:vous\s+)?poser\s+{_QUESTION})\b(?:\s+(?:si|sur)\b|\s+s'(?=il))?\s*:?\s*"
    r"|(?:est-ce\s+que\s+)?(?:(?:pourri|pouv)(?:ez-vous|ez\s+vous|iez-vous)|vous\s+pour?riez|"
    r"vous\s+pouvez|peux-tu|pourrais-tu|tu\s+(?:peux|pourrais)|quelqu'un\s+(?:peut"
    r"|pourrait)(?:-il)?)"
    rf"\s+(?:s'il\s+(?:vous|te)\s+plait\s+|svp\s+)?{_ME}{_TELL}\b{_AFTER_TELL}"
    r"|(?:est-il|serait-il)\s+possible\s+de\s+(?:savoir|connaitre)\s+(?:si\s+)?"
    r"|quelqu'un\s+(?:sait|saurait)(?:-il)?\s+(?=comment|si|pourquoi|quel)(?:si\s+)?"
    r"|(?:merci|veuillez|priere|(?:je|nous)\s+vous\s+(?:prie|prions|remercie|remercions))\s+"
    rf"(?:de\s+)?(?:bien\s+vouloir\s+)?{_ME}{_TELL}\b{_AFTER_TELL}"
    rf"|j'(?:aurais|ai)\s+{_QUESTION}{_ABOUT}"
    rf"|nous\s+(?:aurions|avons)\s+{_QUESTION}{_ABOUT}"
    r"|(?:juste\s+)?(?:une\s+)?(?:petite\s+|simple\s+)?question(?:\s+rapide|\s+urgente)?\s*:\s*"
    r"|(?:juste\s+)?(?:une\s+)?petite\s+question\s*,\s*"
    r"|(?:j'ai|j'aurais|nous\s+avons|nous\s+aurions)\s+besoin\s+d(?:e\s+|')(?:un\s+"
    r"|votre\s+|vos\s+)?"
    r"(?:conseils?|aide|avis)\s*[:.,!]\s*"
    r"|(?:nous\s+avons|on\s+a|j'ai)\s+une?\s+(?:petite?\s+)?(?:souci|probleme|difficulte)\s*:\s*"
    r"|(?:excusez-moi|pardon|desolee?|navree?)\s+de\s+(?:vous"
    r"|te)\s+deranger\s*[,.!]?\s*(?:mais\s+)?"
    r"|suite\s+a\s+(?:notre|votre)\s+(?:echange|conversation|entretien|appel|mail|courriel|message)"
    r"(?:\s+[\w']+){0,3}\s*,\s*"
    r"|comment\s+(?:allez-vous|vas-tu)\s*\?\s*"
    r"|(?:voici|voila)\s+(?:ma|notre|mon|une)\s+(?:question|demande|probleme|souci)\s*[:.]\s*"
    r"|(?:ma|mon|notre|la|le)\s+(?:question|demande|probleme"
    r"|souci)\s+est\s+(?:l[ae]\s+suivante?|simple)\s*[:.]\s*"
    r"|(?:avez|auriez|aurais|as)[-\s](?:vous|tu)\s+(?:un|une|des|quelques)\s+"
    r"(?:conseils?|idees?|pistes?|suggestions?)\s+(?:pour|sur|afin\s+de|concernant)\s+"
    r"|savez[-\s]vous\s+(?=comment|si|pourquoi|quel|ou\b)(?:si\s+)?"
    r"|j'espere\s+que\s+(?:vous\s+allez|tu\s+vas)\s+bien\s*[.,!\n]\s*"
    # English.
    r"|(?:i\s+am|i'm|we\s+are|we're)\s+(?:writing|contacting|emailing|reaching\s+out)"
    rf"(?:\s+to)?(?:\s+you)?(?:\s+today)?{_EN_ABOUT}"
    rf"|i\s+(?:write|wrote)\s+to\s+you\b{_EN_ABOUT}"
    r"|would\s+(?:you\s+be\s+able|it\s+be\s+possible)\s+to\s+(?:tell\s+(?:me|us)|know|advise)\s+"
    r"|(?:(?:please\s+)?(?:could|can|would|will)\s+(?:you|someone|anyone"
    r"|anybody)\s+(?:please\s+|kindly\s+|possibly\s+)?"
    r"|please\s+|kindly\s+)(?:(?:tell|advise|inform|explain\s+to|enlighten)\s+(?:me|us)|"
    r"let\s+(?:me|us)\s+know|help\s+(?:me|us)(?:\s+(?:understand|with|to))?)\b"
    r"(?:\s+please)?(?:\s+(?:about|on|if|whether)\b)?\s*:?\s*"
    r"|(?:i|we)\s+(?:was|were|am|are)\s+(?:just\s+)?wondering\b(?:\s+(?:if|whether|about)\b)?"
    r"(?:\s+you\s+(?:could|can|might)\s+(?:please\s+)?(?:tell|advise|help)\b(?:\s+(?:me|us)\b)?"
    r"(?:\s+(?:with|on|about)\b)?)?\s*:?\s*"
    r"|(?:i|we)\s+wonder\b(?:\s+(?:if|whether))?\s+"
    r"|(?:(?:i|we)\s+would|i'd|we'd)\s+(?:like|love)\s+to\s+(?:know|ask(?:\s+you)?"
    r"|find\s+out|enquire)\b"
    r"(?:\s+(?:about|if|whether)\b)?\s*:?\s*"
    r"|(?:i|we)\s+(?:just\s+)?have\s+(?:a|some|one|a\s+few)\s+(?:quick\s+|small\s+"
    r"|short\s+)?questions?\b"
    rf"{_EN_ABOUT}"
    r"|i\s+(?:just\s+)?wanted\s+to\s+(?:ask|know)\b(?:\s+(?:you|about|if|whether))*\s*:?\s*"
    r"|(?:just\s+)?(?:a\s+)?(?:quick\s+|short\s+)?question\s*:\s*"
    r"|(?:just\s+)?a\s+quick\s+question\s*,\s*"
    r"|(?:i'm\s+|i\s+am\s+)?(?:very\s+|so\s+)?sorry\s+to\s+(?:bother|disturb"
    r"|trouble)\s+you\s*[,.!]?\s*(?:but\s+)?"
    r"|how\s+are\s+you\s*\?\s*"
    r"|please\s+help(?:\s+(?:me|us))?\s*[,:.!]\s*"
    r"|(?:my|our)\s+question\s+is\b(?:\s*:|\s+(?=how|what|why|which|whether))\s*"
    r"|do\s+you\s+have\s+any\s+(?:ideas?|advice|tips|suggestions?)\s+(?:on|for|about)\s+"
    r"|i\s+hope\s+(?:you\s+are|you're|all\s+is|all's)\s+(?:well|doing\s+well)\s*[.,!\n]\s*"
    r"|i\s+hope\s+this\s+(?:e-?mail|message|letter)\s+finds\s+you\s+well\s*[.,!\n]\s*"
)

_THANKS = (
    r"(?:(?:(?:d'avance|par\s+avance)\s*,?\s*)?(?:(?:un\s+)?grand\s+)?(?:merci|mrc)|mille\s+mercis|"
    r"(?:avec\s+)?(?:tous\s+)?(?:(?:mes|nos)\s+)?remerciements(?:\s+anticipes)?"
    r"|many\s+thanks|thanks|thank\s+you|thx|cheers)"
    r"(?:\s+(?:beaucoup|bien|infiniment|encore|a\s+(?:vous|tous|toi)|d'avance|par\s+avance|"
    r"(?:very|so)\s+much|a\s+lot|again|in\s+advance|all|everyone)){0,3}"
    r"(?:\s+(?:pour|de|for)\s+(?:votre|vos|ton|tes|your|any)\s+[\w-]+(?:\s+[\w'-]+){0,3}?)?"
    r"(?:\s+(?:d'avance|par\s+avance|in\s+advance))?"
)
_KEEN = (
    r"(?:(?:je|nous)\s+(?:vous|te)\s+(?:en\s+)?remerci(?:e|ons)|(?:en\s+)?(?:vous"
    r"|te)\s+remerciant)\b"
    r"(?:\s+(?:beaucoup|vivement|sincerement|par\s+avance|d'avance))?"
    r"(?:\s+(?:pour|de)\s+(?:votre|vos|l'attention)\b[^.?!\n]{0,80})?"
    r"|dans\s+l'attente\b(?:\s+d(?:e\s+|')[^.?!\n]{0,80})?"
    r"|(?:je\s+(?:me\s+tiens|reste)|nous\s+(?:nous\s+tenons|restons))\s+a\s+(?:votre"
    r"|ta)(?:\s+entiere)?\s+disposition\b[^.?!\n]{0,80}"
    r"|restant\s+a\s+votre\s+disposition\b[^.?!\n]{0,80}"
    r"|n'hesite[zs]?\s+pas\s+a\s+(?:me|nous)\s+(?:re)?contacter\b[^.?!\n]{0,60}"
    r"|(?:au\s+plaisir|en\s+esperant)\s+(?:de\s+)?(?:vous|te)\s+lire\b[^.?!\n]{0,30}"
    r"|(?:tres\s+)?(?:bonne|belle|excellente)\s+(?:fin\s+de\s+)?(?:journee|soiree"
    r"|semaine|matinee|reception)\b(?:\s+a\s+(?:vous|tous|toi))?"
    r"|bon\s+(?:week-?end|courage)|a\s+(?:bientot|tres\s+vite)"
    r"|(?:(?:i|we)\s+)?look(?:ing)?\s+forward\s+to\s+(?:hearing|your|receiving"
    r"|reading)\b[^.?!\n]{0,60}"
    r"|(?:i|we)\s+(?:thank\s+you|am\s+grateful)\s+(?:in\s+advance|for\s+your)\b[^.?!\n]{0,60}"
    r"|have\s+a\s+(?:nice|good|great|lovely)\s+(?:day|week|week-?end|evening)"
    r"|(?:any|your)\s+(?:help|advice|tips|ideas|suggestions)(?:\s+(?:would\s+be|is|are))?"
    r"\s+(?:much\s+|greatly\s+|very\s+|most\s+)?(?:appreciated|welcome)"
    r"|please\s+(?:advise|help|reply|respond|let\s+(?:me|us)\s+know)"
)
# « C'est urgent » is a sentence of its own, or stands in brackets.
URGENCY = re.compile(
    r"(?:c'est\s+|it\s+is\s+|it's\s+)?(?:tres\s+|very\s+)?(?:urgent|asap)\s*[!.\s]*$"
)
# They come before what is still to be said as well as at the end: no signature is told by them.
THANKS = re.compile(rf"(?:{_THANKS})(?:{_COMMA_OR_STOP}|{_CLOSED})|(?:{_KEEN})(?:{_COMMA_OR_STOP})")

_FORMAL = (
    r"(?:(?:je|nous)\s+(?:vous|te)\s+pri(?:e|ons)|veuillez"
    r"|(?:dans\s+l'attente[^.?!]{0,80}?)?recevez)"
    r"[^.?]{0,160}?(?:salutations?|sentiments?|consideration|respects?|hommages?|devouement)"
    r"\b[^.?!\n]{0,60}"
)
_REGARDS = (
    r"(?:(?:tres|bien)\s+)?(?:cordialement|cdlt|cdt|respectueusement|amicalement"
    r"|sincerement|courtoisement)"
    r"(?:\s+(?:a\s+vous|votre))?"
    r"|(?:bien|tres\s+cordialement|cordialement)\s+a\s+(?:vous|toi|tous)|bav"
    r"|(?:avec\s+mes\s+|mes\s+|sinceres\s+|meilleures\s+|cordiales\s+"
    r"|respectueuses\s+){1,2}salutations"
    r"(?:\s+(?:distinguees|les\s+meilleures|cordiales|respectueuses))?"
    r"|salutations(?:\s+distinguees)?"
    r"|(?:with\s+)?(?:my\s+)?(?:(?:very\s+)?(?:kind(?:est)?|best"
    r"|warm(?:est)?)\s+)?(?:regards|wishes)"
    r"|(?:yours|very)\s+(?:sincerely|faithfully|truly)(?:\s+yours)?|sincerely(?:\s+yours)?"
    r"|all\s+the\s+best|respectfully(?:\s+yours)?"
)
# After them a signature comes.
CLOSING = re.compile(
    rf"(?:{_FORMAL})(?:{_COMMA_OR_STOP})"
    rf"|(?:{_REGARDS})(?:{_COMMA_OR_STOP}|\s+(?=(?P<signed>[\w-]+)))"
    r"|best(?:[ ]*[,\n]\s*|\s*$)"
)
# At the end of a sentence with no mark before them.
TRAILING = re.compile(
    rf"(?:\s*,\s*|\s+)(?P<formula>(?:{_THANKS}|(?P<closing>{_REGARDS}|{_FORMAL})|(?P<keen>{_KEEN}))"
    r"(?=\s*(?:[.!?;\n]|$))[\s.!]*"
    # Before a name they end the message, if all that follows is a signature.
    rf"|(?P<signed>(?:(?:{_THANKS}\s*,?\s*)?(?:{_REGARDS})|{_THANKS}|--)[ ]*,?\s+)(?=\w))"
)
# One of these is in each of them, the words before it within forty characters.
TRAILING_KEYS = re.compile(
    r"m(?:erci|rc)|remerciements|th(?:ank|x)|cheers|[ltsr]ement|a (?:vous|toi|tous)|cdl?t|bav\b|"
    r"salutation|regards|wishes|cerely|faithfully|truly|all the best|respectfully|agreer|"
    r"recevoir|recevez|croire| --|dans l'attente|remerci|forward to|disposition|hesite|appreciated"
)
# What a text has if it has one of them: found faster.
TRAILING_HINTS = (
    *("mer", "mrc", "thank", "thx", "cheers", "ement", "a vous", "a toi", "a tous"),
    *("cdlt", "cdt", "bav", "salut", "regards", "wishes", "cerely", "faith", "truly", "all the"),
    *(
        "respectfully",
        "agreer",
        "recev",
        "croire",
        " --",
        "l'attente",
        "remerci",
        "forward",
        "disposition",
    ),
    *("hesite", "appreciated"),
)
# What is never said but for courtesy, unless it is quoted.
SURELY = re.compile(
    r"(?:merci|thanks|thank\s+you)\b[^.]*\b(?:d'avance|par\s+avance|in\s+advance)|(?:kind|best|warm)\w*\s+"
    r"regards|(?:bien|tres)\s+cordialement|bien\s+a\s+vous|je\s+vous\s+prie|veuillez|sinceres\s+salut|"
    r"dans\s+l'attente\s+de\s+(?:votre|vous)|(?:i\s+)?look(?:ing)?\s+forward|yours\s+|--"
)

# « svp » and « please » stand anywhere; the latter is also a verb, of people to please.
PLEASE = re.compile(
    r"\s*[,(]?\s*\b(?:s['\s]?il\s+(?:vous|te)\s+plait|svp|s\.v\.p\.?|stp)(?!\w)\)?(?:\s*,)?"
    r"|,\s*please\b(?!\s+\w)\s*,?"
    r"|(?<!\bto)(?<!\bwe)(?<!\bthey)(?<!\bcan)(?<!\bmust)(?<!\bshould)(?<!\bwill)(?<!\bwould)"
    r"(?<!\bnot)(?<!\bi)(?<!\byou)(?<!\bor)(?<!\band)\s+please(?=\s*(?:[?.!;]|$))"
    r"|(?<=you)\s+please(?=\s+\w)"
)
PLEASE_FIRST = re.compile(
    r"please\b\s*(?:[,:]\s*|(?=(?:how|what|why|which|can|could|help|give|advise|tell"
    r"|suggest|show)\b))"
)
