"""The command line: shows the last screen at once, reads the arguments, and imports only what the command needs."""

import sys

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 failed, 2 usage or settings, 3 unknown, 130 interrupted."""
    _have_somewhere_to_write()
    try:
        return _answer(sys.argv[1:] if argv is None else argv)
    finally:
        _end_complaints()


def _answer(arguments: list[str]) -> int:
    try:
        code = _run(arguments)
        # A reader that has gone is met here, where it can be answered for, and not at the interpreter's end.
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_the_rest(sys.stdout.fileno())
        return 1  # quietly: `cockpit show changes | head` has what it wanted; never 0, which would say GO
    except Exception as error:  # noqa: BLE001 - told to the operator and turned into the exit code
        from cockpit.commands.trouble import is_of_output, report, report_lost_answer

        if is_of_output(error):
            _drop_the_rest(sys.stdout.fileno())
            return report_lost_answer(error)
        return report(error)
    return code


def _run(arguments: list[str]) -> int:
    if not arguments or _names_folder_alone(arguments):
        # No argparse on this path: it would delay the first thing the operator sees.
        from cockpit.bootstrap import screen

        return screen(*arguments[1:])
    from cockpit.commands.parser import run

    return run(arguments)


def _names_folder_alone(arguments: list[str]) -> bool:
    return len(arguments) == 2 and arguments[0] == "-C" and not arguments[1].startswith("-")


def _have_somewhere_to_write() -> None:
    """Whoever closed our output is told so when something was to be written; and no character ends a command."""
    import io
    import os

    if sys.stdout is None:
        # A file that cannot be written to fails as a closed output does, and keeps its number from being used again.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    elif isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(errors="replace")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _end_complaints() -> None:
    """A complaint that cannot be written is lost here, and not at the interpreter's end, which would make it 120."""
    try:
        sys.stderr.flush()
    except OSError:
        _drop_the_rest(sys.stderr.fileno())


def _drop_the_rest(descriptor: int) -> None:
    """Let the interpreter's own attempt to write what is left come to nothing."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
