"""Fields of bodies whose errors say what was sent and what would be right."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from foundation.http.error_bounds import MAX_VALUE_CHARACTERS, named_errors, show_value

_FEW_WORDS = 10


class TextField(serializers.CharField):
    """A text. What is too long is counted, not repeated: it may be a secret."""

    default_error_messages = {
        "blank": "This text is empty or all blanks: write at least one character that can be seen.",
        "max_length": "This text has %(show_value)s characters: write at most {max_length}.",
        "min_length": "This text has %(show_value)s characters: write at least {min_length}.",
    }


class WholeField(serializers.IntegerField):
    """A whole number."""

    default_error_messages = {
        "max_value": "%(show_value)s is too large: write at most {max_value}.",
        "min_value": "%(show_value)s is too small: write at least {min_value}.",
    }

    def to_internal_value(self, data: Any) -> int:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            raise serializers.ValidationError(self.refuse(data), code="invalid") from None

    def refuse(self, data: object) -> str:
        """Return why a value is no number here."""
        return refuse_number(data, least=self.min_value, most=self.max_value)


class JSONNumberField(WholeField):
    """A whole number inside a list of a body, where no text such as `"3"` is one."""

    def to_internal_value(self, data: Any) -> int:
        if not is_whole(data):
            raise serializers.ValidationError(self.refuse(data), code="invalid")
        return super().to_internal_value(data)


class WordField(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choice_strings_to_values:
            raise serializers.ValidationError(
                not_among(data, list(self.choice_strings_to_values)), code="invalid_choice"
            )
        return super().to_internal_value(data)


@extend_schema_field({"type": "boolean"})
class SwitchField(serializers.BooleanField):
    """True or false, and no word or number for them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            wrong = f"{show_value(data)} is neither true nor false: write one of them, without quotes."
            raise serializers.ValidationError(wrong, code="invalid")
        return data


def is_whole(value: object) -> bool:
    """Return whether JSON Schema calls a value an integer: `3` and `3.0` are, `"3"` and `true` are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def refuse_number(value: object, *, least: int | None = None, most: int | None = None) -> str:
    """Return the sentence that refuses a value as a whole number within bounds."""
    bounds = "".join(
        f" {word} {bound}" for word, bound in (("from", least), ("to", most)) if bound is not None
    )
    return f"{show_value(value)} does not fit here: write a whole number{bounds}."


def not_among(value: object, words: Sequence[str]) -> str:
    """Return the sentence that refuses a value which is none of the words; of many it names the nearest."""
    wrong = f"{show_value(value)} is not known here: write"
    if len(words) <= _FEW_WORDS:
        return f"{wrong} {one_of(words)}."
    near = get_close_matches(str(value)[:MAX_VALUE_CHARACTERS], words, n=5, cutoff=0.3) or words[:5]
    return f"{wrong} {', '.join(near)} or one of {len(words) - len(near)} others."


def one_of(words: Sequence[str]) -> str:
    """Return words as a sentence has them: `a, b or c`."""
    return " or ".join([*([", ".join(words[:-1])] if words[1:] else []), *words[-1:]])


def unknown_names(
    names: Iterable[str], known: Collection[str], *, what: str, code: str
) -> dict[Any, list[ErrorDetail]]:
    """Return the errors of names that are not known, each with those that are: one much like it, else all."""
    listed = f"known are: {', '.join(sorted(known)) or 'none'}."

    def refuse(name: object) -> ErrorDetail:
        near = get_close_matches(str(name)[:MAX_VALUE_CHARACTERS], known, n=1)
        right = f"did you mean {near[0]}?" if near else listed
        return ErrorDetail(f"This {what} is not known here; {right}", code=code)

    return named_errors({name: name for name in names}, refuse)
