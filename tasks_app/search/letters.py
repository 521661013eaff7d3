# ruff: noqa: RUF001 - letters and signs that look alike are what this is about
"""Letters and digits that Unicode's compatibility form leaves whole and a reader takes for others. Pure.

Latin: the table of CLDR's transform Latin-ASCII (common/transforms/Latin-ASCII.xml) for letters that are not
normalised away, and the letters that the Default Unicode Collation Element Table (UTS #10, allkeys.txt) gives the
primary weight of a, b, c… Cyrillic ґ, Hebrew final letters and Yiddish digraphs: as that table has them. Arabic: as
Lucene's ArabicNormalizer and PersianNormalizer have it. Signs: what is written for the same apostrophe, hyphen or
sharp.
"""

from collections.abc import Mapping
from typing import Final
from unicodedata import decimal

_SAME: Final[Mapping[str, str]] = {
    "a": "ᴀᶏⱥꞛ",
    "aa": "ꜳ",
    "ae": "æᴁ",
    "ao": "ꜵ",
    "au": "ꜷ",
    "av": "ꜹꜻ",
    "ay": "ꜽ",
    "b": "ƀƃɓʙᴃᵬᶀ",
    "c": "ƈȼɕᴄꞓ",
    "d": "ðđƌȡɖɗᴅᴆᵭᶁᶑꝱꝺ",
    "db": "ȸ",
    "dz": "ʣʥ",
    "e": "ɇɛᴇᶒᶓⱸ",
    "f": "ƒᵮᶂꜰꝼ",
    "g": "ǥɠɡɢʛᵹᶃꞡ",
    "h": "ħɦɧʜⱨ",
    "hv": "ƕ",
    "i": "ıɨɩɪᵻᶖ",
    "j": "ȷɉɟʝᴊ",
    "k": "ƙᴋᶄⱪꝁꝃꝅꞣ",
    "l": "łƚȴɫɬɭʟᴌᶅⱡꝇꝉꝲ",
    "ll": "ỻ",
    "ls": "ʪ",
    "lz": "ʫ",
    "m": "ɱᴍᵯᶆꝳ",
    "n": "ŋƞȵɲɳɴᵰᶇꝴꞑꞥ",
    "o": "øᴏⱺꝋꝍꞝ",
    "oe": "œɶ",
    "oi": "ƣ",
    "oo": "ꝏ",
    "p": "ƥᴘᵱᵽᶈꝑꝓꝕ",
    "q": "ĸʠꝗꝙ",
    "qp": "ȹ",
    "r": "ɍɼɽɾʀᵲᵳᶉꝵꝶꞃꞧ",
    "s": "ȿʂᵴᶊẜẝꜱꞅꞩ",
    "t": "ŧƫƭȶʈᴛᵵⱦꝷꞇ",
    "th": "þᵺꝥꝧ",
    "ts": "ʦ",
    "tz": "ꜩ",
    "u": "ʉᴜᵾᶙꞟ",
    "ue": "ᵫ",
    "v": "ʋᴠᶌỽⱱⱴꝟ",
    "vy": "ꝡ",
    "w": "ᴡⱳ",
    "x": "ᶍ",
    "y": "ƴɏʏỿ",
    "z": "ƶȥɀʐʑᴢᵶᶎⱬ",
    "г": "ґ",
    "כ": "ך",
    "מ": "ם",
    "נ": "ן",
    "פ": "ף",
    "צ": "ץ",
    "וו": "װ",
    "וי": "ױ",
    "יי": "ײ",
    "ا": "ٱ",
    "ي": "ىیے",
    "ك": "ک",
    "ه": "ةہھە",
    # What stretches an Arabic word, and is no letter.
    "": "\N{ARABIC TATWEEL}",
    "'": "’‘‛′ʼʻʽʹˈʾʿꞌ՚״׳",
    "-": "‐‒–−־֊",
    "·": "‧・",
    "#": "♯",
}
_TABLE: Final[Mapping[str, str]] = {each: letter for letter, alike in _SAME.items() for each in alike}


def fold_letters(text: str) -> str:
    """Return a text with these letters as the others, and digits of every script as 0 to 9."""
    odd = {ord(each): same for each in set(text) if each > "\x7f" and (same := _same(each)) is not None}
    return text.translate(odd) if odd else text


def _same(character: str) -> str | None:
    same = _TABLE.get(character)
    if same is None and (digit := decimal(character, None)) is not None:
        return str(digit)
    return same
