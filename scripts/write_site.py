"""Write a static site of the results: pages for readers outside the analysis, with every plot and
file to download.

The folder is self-contained: it can be copied to any web server or opened from a disk, and loads
nothing from other servers.
"""

import sys
from pathlib import Path

from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.pages.analysis_tables import (
    in_order,
)
from wollemi.pages.downloads import copy_files
from wollemi.pages.pages import page_environment
from wollemi.pages.site import site_content
from wollemi.pages.summary import page_content
from wollemi.results.summary import Summary

SECTIONS = (
    "name",
    "datasets",
    "samples",
    "regions",
    "skim",
    "objects",
    "columns",
    "variables",
    "systematics",
    "model",
    "plots",
    "about",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "templates": "templates of the pages, named <page>.html.j2, and those that they name",
        "assets": "what the pages load: style and script",
        "summary": "the summary's numbers",
        "limits": "the limits, if there are any",
        "numbers": "numbers of the plots",
        "copied": "files to download",
        "records": "records of the jobs that made them",
    },
    outputs={
        "pages": "the pages, in the order of the menu, the first named index.html",
        "copied_assets": "copies of the assets",
        "copies": "copies of the files to download, in their order",
    },
    options={"max_events": Option("events of each dataset in a preview; 0: all of them", type=int)},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the pages, and the copies next to them."""
    summary = in_order(job.settings, page_content(Summary.read(job.input("summary"))))
    site = job.arguments.pages[0].parent
    copies = [Path(path).relative_to(site).as_posix() for path in job.arguments.copies]
    content = summary | site_content(job, summary, copies)
    environment = page_environment(job.inputs("templates"), job.settings)
    for page, target in zip(job.arguments.pages, job.outputs("pages"), strict=True):
        text = environment.get_template(f"{page.stem}.html.j2").render(
            content | {"page": page.stem}
        )
        target.write_text(text, encoding="utf-8")
    copy_files(job.inputs("assets"), job.outputs("copied_assets"))
    copy_files(job.inputs("copied"), job.outputs("copies"))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
