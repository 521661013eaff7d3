"""Characters that show nothing (Default_Ignorable_Code_Point), and emoji, in which some of them mean something. Pure.

An emoji is a flag, a keycap, or pictures that a ZERO WIDTH JOINER joins, each with its skin tone (UTS #51).
"""

import re
from typing import Final

import regex

IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

PICTURE: Final = r"[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}]"
_JOINER: Final = "\N{ZERO WIDTH JOINER}"
# England, Scotland, Wales: a black flag, letters that cannot be seen, and their end.
_TAGGED_FLAG: Final = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f"
_SHOWN_AS_EMOJI: Final = "\ufe0f"
IN_EMOJI: Final = rf"{_TAGGED_FLAG}|(?<={PICTURE}{_SHOWN_AS_EMOJI}?|\U000e007f){_JOINER}(?={PICTURE})"
_ANY: Final = re.compile(f"[{IGNORABLE}]")
_IGNORABLE: Final = regex.compile(rf"({IN_EMOJI})|[{IGNORABLE}]")

_SIGN: Final = r"[\p{So}--[\u0000-\u218f\u2500-\u257f\p{Regional_Indicator}]]"
_ONE: Final = rf"(?:{_TAGGED_FLAG}|[{PICTURE}{_SIGN}])\p{{Emoji_Modifier}}*"
EMOJI: Final = rf"\p{{Regional_Indicator}}{{1,2}}|[0-9#*]\u20e3|{_ONE}(?:{_JOINER}{_ONE})*+"
_MODIFIER: Final = regex.compile(r"(?<!^)\p{Emoji_Modifier}")


def drop_ignorable(text: str) -> str:
    """Return a text without what cannot be seen, but for what makes an emoji another one. Linear in its length."""
    return _IGNORABLE.sub(r"\1", text) if _ANY.search(text) else text


def parts_of_emoji(emoji: str) -> list[str]:
    """Return the emoji itself, and where it is made of others each of these, without skin tones."""
    plain = [_MODIFIER.sub("", part) for part in emoji.split(_JOINER)]
    return list(dict.fromkeys([emoji, *plain]))
