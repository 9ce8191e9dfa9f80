"""python -m minigrad.course [FOLDER] | check N | hint N [EXERCISE] | progress."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path

from . import check, hint
from .chapters import CHAPTERS
from .folder import NAME, copy, find, overview

COMMANDS = ("start", "check", "hint", "progress")


def main(arguments: list[str] | None = None) -> int:
    """Copy the exercises, check a chapter, give a hint, show the progress."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="python -m minigrad.course", description="The course: docs/course/."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("start", help="copy the exercises (the default)")
    command.add_argument("folder", nargs="?", type=Path, default=Path(NAME))
    for name, words in (("check", "check a chapter"), ("hint", "a hint; asked again, a second")):
        command = commands.add_parser(name, help=words)
        command.add_argument("chapter", type=int, choices=list(CHAPTERS))
        if name == "hint":
            command.add_argument("exercise", nargs="?")
        else:
            command.add_argument("--seconds", type=float, default=10.0, help="for one exercise")
        command.add_argument("--folder", type=Path)
    command = commands.add_parser("progress", help="how many exercises are right")
    command.add_argument("--folder", type=Path)
    if not given or given[0] not in (*COMMANDS, "-h", "--help"):
        word = given[0] if given else ""
        near = [f"check {word}"] if word.isdigit() else get_close_matches(word, COMMANDS, 1)
        if near or len(given) > 1:
            parser.error(f"{word!r} is no command: {', '.join(near or COMMANDS)}?")
        given = ["start", *given]
    args = parser.parse_args(given)
    if hasattr(sys.stdout, "reconfigure"):  # a terminal that lacks a sign shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if args.command == "start":
            new = copy(args.folder)
            count = (
                f"{len(new)} file{'s' * (len(new) != 1)} copied" if new else "all files are there"
            )
            print(f"{args.folder}: {count}")
            print(f"Begin with {args.folder / 'chapter1.py'}, then: cd {args.folder} && "
                  "python -m minigrad.course check 1")  # fmt: skip
        elif args.command == "check":
            report = check(args.chapter, args.folder, seconds=args.seconds)
            print(report)
            return int(not report)
        elif args.command == "hint":
            print(hint(args.chapter, args.exercise, args.folder))
        else:
            print(overview(find(args.folder, 1)))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
