"""The reference page of the language, made of the examples: `python -m tasks_app.tests.language.page` writes it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tasks_app.language import read
from tasks_app.language.table import load_languages
from tasks_app.tests.language.cases import NOW, ZONE, Example, clock_of, examples

PAGE: Final = Path(__file__).parents[3] / "docs/reference/language.md"
_HEAD: Final = f"""# Everyday language

What `tasks_app.language` reads, one line of input a row; every row is a test. Typed on Wednesday 2026-11-25 at 10:30
in {ZONE}, weeks from Monday, unless a row says otherwise. The title is what is left when the chips are taken out.
*May be meant* are the alternatives of a chip; *problems* stay in the title and say how to write it. Why it is so:
[the decision](../decisions/language.md).

The Urdu tables were not written by a native speaker; they want a native reader before anybody relies on them.
"""
_COLUMNS: Final = (
    "| input | title | read | may be meant | notes, problems |\n| --- | --- | --- | --- | --- |\n"
)


def page() -> str:
    """The whole page."""
    found = examples()
    kinds = dict.fromkeys(example["kind"] for example in found)
    parts = [_HEAD]
    for kind in kinds:
        rows = "\n".join(_row(example) for example in found if example["kind"] == kind)
        parts.append(f"## {kind}\n\n{_COLUMNS}{rows}\n")
    parts += [_texts("Notes", "notes"), _texts("Problems", "problems")]
    return "\n".join(parts)


def _row(example: Example) -> str:
    reading = read(example["text"], clock_of(example))
    text = f"`` {example['text']} ``" if "`" in example["text"] else f"`{example['text']}`"
    cells = [
        f"{text}{_typed(example)}",
        reading.title or "(empty)",
        "; ".join(dict.fromkeys(chip.means for chip in reading.chips)) or "–",
        "; ".join(each.means for chip in reading.chips for each in chip.alternatives),
        ", ".join([note.code for note in reading.notes] + [f"**{each.code}**" for each in reading.problems]),
    ]
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _typed(example: Example) -> str:
    """On what clock a line was typed, where it is not the usual one."""
    names: dict[str, Any] = {"now": NOW, "zone": ZONE, "week_start": "mo"}
    other = [str(example[name]) for name in names if example.get(name, names[name]) != names[name]]
    return f" *({', '.join(other)})*" if other else ""


def _texts(title: str, kind: str) -> str:
    english = next(table for table in load_languages() if table.code == "en")
    return f"## {title}\n\n| code | says |\n| --- | --- |\n" + "".join(_lines(english.texts[kind].items()))


def _lines(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"| `{code}` | {_cell(detail)} |\n" for code, detail in texts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
