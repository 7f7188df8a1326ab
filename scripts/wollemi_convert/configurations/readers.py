"""The readers of configurations of other programs."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from wollemi_convert.configurations import cabinetry, trexfitter
from wollemi_convert.configurations.dataset_lists import FORMS as LISTS
from wollemi_convert.configurations.dataset_lists import is_list, list_text, plain_values
from wollemi_convert.configurations.filesets import read_fileset
from wollemi_convert.configurations.imported import Imported, Reader, Recognizer
from wollemi_convert.configurations.writing import analysis_text
from wollemi_likelihood.base.errors import WollemiError

# Program → recognizer of its configurations, and their reader.
READERS: dict[str, tuple[Recognizer, Reader]] = {
    "cabinetry": (cabinetry.recognizes, cabinetry.read),
    "TRExFitter": (trexfitter.recognizes, trexfitter.read),
    **{form: (partial(is_list, form), read_fileset) for form in LISTS},
}


def program_of(path: Path) -> str:
    """Program that a file is a configuration of.

    Args:
        path: Path of the configuration.

    Raises:
        WollemiError: The program is unknown.
    """
    if path.suffix == ".py":
        remedy = "write its datasets with json.dump(fileset, open('fileset.json', 'w'))"
        raise WollemiError(str(path), "is Python, which is not executed", remedy)
    text = list_text(path)
    for program, (recognizes, _) in READERS.items():
        if recognizes(text):
            return program
    if path.suffix == ".json":
        plain_values(str(path), text)
    problem = "is not a configuration of a known program"
    raise WollemiError(str(path), problem, f"known are {', '.join(READERS)}: see docs/new.md")


def read_configuration(path: Path) -> tuple[str, Imported]:
    """Read a configuration of any known program.

    Args:
        path: Path of the configuration.

    Returns:
        Name of the program, and the analysis.

    Raises:
        WollemiError: The program is unknown, or the configuration cannot be read.
    """
    program = program_of(path)
    return program, READERS[program][1](path)


def import_analysis(
    name: str, path: Path, given: Mapping[str, Any], ask: Callable[[str], float]
) -> tuple[str, str, Imported]:
    """Text of the analysis file for a configuration.

    Args:
        name: Name of the analysis.
        path: Path of the configuration.
        given: `title`, `energy` and `luminosity`; None keeps the value in the configuration.
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
