"""B12: reading a line of everyday language, and the costliest lines of 2,000 characters.

`python -m tasks_app.benchmarks.b12_language [--rounds 5]`

In one process, without a server, in time of the processor: what else the machine does counts little. Examples: 500
readings of those of the tests, one after the other. Long lines: one piece again and again. Aims: p95 of examples
≤ 5 ms, any line of 2,000 characters ≤ 50 ms.
"""

import argparse
import time
from collections.abc import Sequence

from events_app.benchmarks.measure import Table, announce, spread
from tasks_app.language import MAX_TEXT, read
from tasks_app.tests.language.cases import clock, examples

READINGS = 500
PIECES = (
    "every ", "1/1/", "#a ", "!high ", "a ", "1 may ", "feb 30 ", "every! monday ", "mon, ", "at 5 ", "remind 1h ",
    "1h 1m ", "9:30 ", "9-10am ", "ہر پیر ", "کل شام 5 بجے ", "17:00 America/New_York ", "every 2 minutes ",
    "🎉", "\\a ", "every mon at 9 and ", "every 3rd ", "on the 1st ", "1d from ", "friday or ", "in a ", "!!! ",
)  # fmt: skip


def main() -> None:
    """Print the time of examples and of each long line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    announce("Reading a line (aims: examples p95 ≤ 5 ms, any line ≤ 50 ms)", rounds=options.rounds)
    table = Table(("line", "characters", "ms, median (rounds)"))
    now, texts = clock(), [example["text"] for example in examples()]

    def seconds(text: str) -> float:
        began = time.process_time()
        read(text, now)
        return time.process_time() - began

    def read_examples() -> float:
        return sorted(seconds(text) for text in _cycled(texts))[READINGS * 95 // 100]

    table.add(f"p95 of {READINGS} examples", "", _in_ms([read_examples() for _ in range(options.rounds)]))
    for piece in PIECES:
        line = piece * (MAX_TEXT // len(piece))
        taken = [seconds(line) for _ in range(options.rounds)]
        table.add(f"`{piece}` again and again", f"{len(line):,}", _in_ms(taken))
    table.show()


def _cycled(texts: Sequence[str]) -> Sequence[str]:
    return [texts[index % len(texts)] for index in range(READINGS)]


def _in_ms(taken: Sequence[float]) -> str:
    return spread([seconds * 1000 for seconds in taken], ".1f")


if __name__ == "__main__":
    main()
