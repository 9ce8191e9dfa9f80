"""The learner's folder: the exercises in it, and how far they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from .chapters import CHAPTERS, exercises

PROGRESS = "progress.json"
TEMPLATES = Path(__file__).parent / "templates"
NAME = "minigrad-course"


def copy(folder: Path) -> list[str]:
    """Copy what is not there yet; what the learner wrote is never touched.

    Returns the names of the files that were copied.
    """
    folder.mkdir(parents=True, exist_ok=True)
    new = [f for f in sorted(TEMPLATES.iterdir()) if f.is_file() and not (folder / f.name).exists()]
    for file in new:
        shutil.copyfile(file, folder / file.name)
    return [file.name for file in new]


def find(folder: Any, chapter: int) -> Path:
    """The learner's folder: the one that is given, or here, or `minigrad-course` in here.

    Raises FileNotFoundError where the chapter's file is in none of them.
    """
    places = [Path(folder)] if folder is not None else [Path(), Path(NAME)]
    for place in places:
        if (place / f"chapter{chapter}.py").is_file():
            return place.resolve()
    where = " or ".join(str(p.resolve()) for p in places)
    raise FileNotFoundError(
        f"course: there is no chapter{chapter}.py in {where}; `python -m minigrad.course` copies "
        f"the exercises into a folder"
    )


def progress(folder: Path) -> dict[str, Any]:
    """What is kept: of each exercise its last state, and how many hints were asked for."""
    try:
        kept = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = None
    found = {}
    for key, kind in (
        ("states", str),
        ("hints", int),
    ):  # what others have written there is no progress
        part = kept.get(key) if isinstance(kept, dict) else None
        items = part.items() if isinstance(part, dict) else ()
        found[key] = {name: value for name, value in items if isinstance(value, kind)}
    return found


def keep(folder: Path, kept: dict[str, Any]) -> None:
    """Write the progress, whole or not at all."""
    new = folder / f"{PROGRESS}.new"
    new.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(folder / PROGRESS)


def overview(folder: Path) -> str:
    """A line a chapter: how many of its exercises are right."""
    states = progress(folder)["states"]
    lines = []
    for chapter, (_, title) in CHAPTERS.items():
        names = [e.name for e in exercises(chapter)]
        right = sum(states.get(f"{chapter} {name}") == "right" for name in names)
        lines.append(f"{chapter}  {right} of {len(names)}  {title}")
    return "\n".join(lines)
