"""Which names people may take, and when two of them are the same to the eye. Pure, but for the column.

https://www.unicode.org/reports/tr39/: restriction level "highly restrictive"; look-alikes are those of confusables.txt
that one Latin letter has in other scripts in use today, and those within one script (lookalikes.py).
"""

from accounts_app.names.keys import name_key

__all__ = ["name_key"]
