"""Releases as files that nobody may write: the chain can be checked without the database."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

READ_ONLY: Final = 0o444


def write_missing(folder: Path, texts: Iterable[str]) -> None:
    """Write the releases that have no file yet, as `003-2026-10.json`; a file that is there stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    for text in texts:
        body = json.loads(text)
        path = folder / f"{body['nummer']:03}-{body['periode']}.json"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)


def read_all(paths: Iterable[Path]) -> list[str]:
    """Return the releases in these files and folders, in the order of their names."""
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    return [file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name)]
