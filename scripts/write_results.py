"""Write named results: single numbers of the products, each with its unit, readable without knowing
the products.

The section `results` of the analysis file lists them. Format: workflow/schemas/results.schema.json;
see docs/publication.md.
"""

import sys

from wollemi.base.digests import file_digest
from wollemi.base.json_files import read_json
from wollemi.job.absent_model import require_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.pages.named_results import content_marks, describe_result
from wollemi.results.named import FORMAT, NamedResults

SECTIONS = ("name", "title", "datasets", "samples", "results")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "products": "JSON products that the results are read from, below the folder of the output"
    },
    outputs={"results": "named results"},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Read the numbers and write them."""
    require_model(job.inputs("products"))
    folder = job.output("results").parent
    products = {path.relative_to(folder).as_posix(): path for path in job.inputs("products")}
    contents = {name: read_json(path) for name, path in products.items()}
    known = {
        name: (content, file_digest(products[name]), content_marks(content, job.settings))
        for name, content in contents.items()
    }
    results = {
        name: describe_result(name, item, *known[item.file])
        for name, item in job.settings.results.items()
    }
    about = {"analysis": job.settings.name, "title": job.settings.title}
    job.write_json(
        "results",
        NamedResults.model_validate({"format": FORMAT} | about | {"results": results}).plain(),
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
