"""Compute a product that the analysis defines: call a function of its `hooks.py` with the contents
of other products.

The section `products` of the analysis file names the function and the products. Format:
workflow/schemas/product.schema.json.
"""

import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.hooks import described, load_functions
from wollemi.base.json_files import read_json
from wollemi.job.absent_model import require_model
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.pages.named_results import content_marks
from wollemi.results.own_product import OwnProduct, plain_value
from wollemi_likelihood.base.errors import WollemiError

SECTIONS = ("datasets", "samples", "products")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "hooks": "hooks.py of the analysis and the modules beside it that it imports",
        "used": "JSON products, in the order of its arguments",
    },
    outputs={"result": "what the function returned"},
    options={"product": Option("name of the product")},
    sections=SECTIONS,
)


def computed(job: Job, contents: Mapping[str, Mapping[str, Any]]) -> OwnProduct:
    """Call the function of a product.

    Args:
        job: Job with the option `product`.
        contents: Argument → content of its product.

    Raises:
        WollemiError: The function is missing, fails, or returns something that is not JSON.
    """
    name = job.option("product")
    where, hook = f"products.{name}", job.settings.products[name].hook
    function = load_functions(job.inputs("hooks"), [hook], where)[hook]
    try:
        value = function(**contents)
    except Exception as error:  # the user's code
        problem = f"'{hook}' fails ({described(error, 'hooks.py')})"
        raise WollemiError(where, problem, "correct the function, or its `uses`") from error
    marks = {mark for item in contents.values() for mark in content_marks(item, job.settings)}
    return OwnProduct(name=name, value=plain_value(where, value), marks=tuple(sorted(marks)))


def main(job: Job) -> None:
    """Compute and write the value."""
    require_model(job.inputs("used"))
    uses = job.settings.products[job.option("product")].uses
    contents = {key: read_json(path) for key, path in zip(uses, job.inputs("used"), strict=True)}
    job.write_json("result", computed(job, contents).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
