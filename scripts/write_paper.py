"""Collect figures and tables as a folder for a paper: with captions, the inputs of
each, and a LaTeX document that shows all.
"""

import sys
from pathlib import Path

from wollemi.base.json_files import read_json
from wollemi.base.templates import render_text
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.pages.downloads import copy_files
from wollemi_publish.paper import (
    Entry,
    figure_caption,
    made_by,
    paper_document,
    table_caption,
)

SECTIONS = ("name", "title")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "plots": "PDF and JSON of each plot",
        "tables": "CSV, Markdown and LaTeX of each table",
        "records": "records of the jobs that made them",
        "template": "template of the README",
    },
    outputs={
        "figures": "copies of the plots, in their order",
        "table_copies": "copies of the tables, in their order",
        "document": "a document that shows them",
        "readme": "README",
    },
    sections=SECTIONS,
)


def read_entries(job: Job) -> tuple[list[Entry], list[Entry]]:
    """Read figures and tables, each in order."""
    run = job.arguments.readme[0].parent.parent.as_posix()
    makers = made_by([read_json(path) for path in job.inputs("records")], run)

    def entry(path: Path, caption: str) -> Entry:
        program, sources = makers[path.as_posix()]
        return Entry(path.stem, caption, program, tuple(sources))

    figures = [
        entry(path, figure_caption(read_json(path)))
        for path in job.inputs("plots")
        if path.suffix == ".json"
    ]
    tables = [
        entry(path, table_caption(path.read_text(encoding="utf-8")))
        for path in job.inputs("tables")
        if path.suffix == ".md"
    ]
    return figures, tables


def main(job: Job) -> None:
    """Write the folder."""
    figures, tables = read_entries(job)
    copy_files(job.inputs("plots"), job.outputs("figures"))
    copy_files(job.inputs("tables"), job.outputs("table_copies"))
    title = job.settings.title
    job.output("document").write_text(paper_document(title, figures, tables), encoding="utf-8")
    about = {"name": job.settings.name, "title": title}
    readme = render_text(job.input("template"), about=about, figures=figures, tables=tables)
    job.output("readme").write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
