"""Files that survive a power failure."""

import os
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Have the disk hold which files a folder has: a new name, or a replaced file, is durable only then."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
