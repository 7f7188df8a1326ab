"""The inputs of programs that read products of the model."""

from support.project.paths import ROOT
from wollemi.job.source_code import literal_arguments
from wollemi.plan.registry import PRODUCTS


def read_products(program: str, folder: str = "") -> dict[str, str]:
    """Paths of the products of the model that a program reads, by the names of its inputs.

    Args:
        program: its name.
        folder: where the products are, with a slash at its end.
    """
    inputs = literal_arguments(ROOT / f"scripts/{program}.py", "PROGRAM")["inputs"]
    return {item.name: f"{folder}{item.name}.json" for item in PRODUCTS if item.name in inputs}
