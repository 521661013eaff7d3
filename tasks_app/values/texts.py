"""Short texts that people read in one line: titles and names. Pure."""

from typing import Final

import regex

from tasks_app.search.invisible import IGNORABLE, IN_EMOJI, PICTURE

# What cannot be seen and yet changes how its neighbours look: within an emoji, which form of a sign or an ideograph is
# meant, and where letters of Arabic and Indic scripts join.
_SHAPES: Final = (
    rf"{IN_EMOJI}|(?<={PICTURE}|[0-9#*])[\ufe0e\ufe0f]|(?<=\p{{Han}})[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    r"|(?<=\p{Mongolian})[\u180b-\u180d\u180f]"
    r"|(?<=[\p{L}\p{M}--[\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}]])[\u200c\u200d](?=[\p{L}\p{M}])"
)
# Control characters show nothing either, but for those that are white space; NUL is refused elsewhere.
_INVISIBLE: Final = regex.compile(
    rf"({_SHAPES})|[{IGNORABLE}\u0001-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\ufff9-\ufffb]", regex.V1
)
_BLANK: Final = "\N{BRAILLE PATTERN BLANK}"


def clean_line(text: str) -> str:
    """Return a text without characters that cannot be seen, and without white space around it."""
    plain = text if text.isascii() and text.isprintable() else _INVISIBLE.sub(r"\1", text)
    stripped = plain.strip()
    return stripped if stripped.strip(f"{_BLANK} ") else ""
