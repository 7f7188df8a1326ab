"""The readers of configurations of other programs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wollemi_convert.configurations import cabinetry, trexfitter
from wollemi_convert.configurations.imported import Imported, Reader, Recognizer
from wollemi_convert.configurations.writing import analysis_text
from wollemi_likelihood.base.errors import WollemiError

# Program → recognizer of its configurations, and their reader.
READERS: dict[str, tuple[Recognizer, Reader]] = {
    "cabinetry": (cabinetry.recognizes, cabinetry.read),
    "TRExFitter": (trexfitter.recognizes, trexfitter.read),
}


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
    problem = "is not a configuration of a known program"
    raise WollemiError(str(path), problem, f"known are {', '.join(READERS)}: see docs/new.md")


def import_analysis(
    name: str, path: Path, given: Mapping[str, Any], ask: Callable[[str], float]
) -> tuple[str, str, Imported]:
    """Text of the analysis file for a configuration.

    Args:
        name: Name of the analysis.
        path: Path of the configuration.
        given: Values of `title`, `energy` and `luminosity` that replace those of the configuration,
            or None.
        ask: Function that asks for a missing number.

    Returns:
        Text, title, and the analysis.
    """
    program, found = read_configuration(path)
    document = dict(found.document)
    keys = ("title", "center_of_mass_tev", "luminosity_ifb")
    title, energy, luminosity = (document.pop(key, None) for key in keys)
    title = str(given["title"] or title or name)
    energy = given["energy"] or energy or ask("Center-of-mass energy in TeV")
    luminosity = given["luminosity"] or luminosity
    if not luminosity and any("cross_section_pb" in one for one in document["datasets"].values()):
        luminosity = ask("Luminosity in fb⁻¹")
    head = {"name": name, "title": title, "center_of_mass_tev": energy}
    head |= {"luminosity_ifb": luminosity} if luminosity else {}
    text = analysis_text(head | document, found, f"{path.name} of {program}")
    return text, title, found
