"""The readers of configurations, and the one that a file is for."""

from pathlib import Path

from wollemi_convert.configurations.imported import Imported, Reader, Recognizer
from wollemi_likelihood.base.errors import WollemiError

# Program → recognizer of its configurations, and their reader.
READERS: dict[str, tuple[Recognizer, Reader]] = {}


def read_configuration(path: Path) -> tuple[str, Imported]:
    """Read a configuration of any known program.

    Args:
        path: Path of the configuration.

    Returns:
        Name of the program, and the analysis.

    Raises:
        WollemiError: The program is unknown, or the configuration cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise WollemiError(str(path), "is not a text file", "give a configuration") from None
    for program, (recognizes, read) in READERS.items():
        if recognizes(text):
            return program, read(path)
    raise WollemiError(
        str(path),
        "is not a known configuration",
        f"give one of these programs: {', '.join(READERS)}",
    )
