"""Figures and tables as a folder for a paper: captions, sources, and a document with all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from wollemi.base.absence import absence
from wollemi.base.tex import tex_plain, tex_source
from wollemi.pages.captions import caption

PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,landscape,margin=1.5cm]{geometry}
\usepackage{booktabs}
\usepackage{graphicx}
\begin{document}
"""
MANY = 4  # sources in one folder; if there are more, only the folder is given


@dataclass(frozen=True)
class Entry:
    """A figure or a table of the paper.

    Args:
        name: Name of its files.
        caption: Description of the content, with TeX between dollar signs.
        program: Name of the program that made it.
        sources: Paths of the products it was made from, relative to the run.
    """

    name: str
    caption: str
    program: str
    sources: tuple[str, ...]

    @property
    def plain(self) -> str:
        """The caption without TeX."""
        return tex_plain(self.caption)


def figure_caption(numbers: Mapping[str, Any]) -> str:
    """The caption of a plot with its marks; or the reason if no model could be built.

    Args:
        numbers: Numbers in the plot.
    """
    error = absence(numbers)
    if error:
        return f"{error.where}: {error.problem}"
    return caption(numbers) + "".join(f" [{mark}]" for mark in numbers["marks"])


def table_caption(markdown: str) -> str:
    """The caption of a table, its first paragraph."""
    return markdown.partition("\n\n")[0]


def made_by(records: Sequence[Mapping[str, Any]], run: str) -> dict[str, tuple[str, list[str]]]:
    """Program and sources by product, relative to the run; files of many datasets are given by
    their folder.

    Args:
        records: Records of the jobs.
        run: Folder of the run.
    """
    found = {}
    for record in records:
        program = PurePosixPath(record["program"]).stem
        names = [path.removeprefix(f"{run}/") for path in record["inputs"]]
        sources = by_folder([name for name in names if name != record["analysis"]])
        found.update(dict.fromkeys(record["outputs"], (program, sources)))
    return found


def by_folder(names: Collection[str]) -> list[str]:
    """Names in order, many in one folder as `<folder>/*`."""
    folders = [str(PurePosixPath(name).parent) for name in names]
    return sorted(
        {
            f"{folder}/*" if folder != "." and folders.count(folder) > MANY else name
            for name, folder in zip(names, folders, strict=True)
        }
    )


def paper_document(title: str, figures: Sequence[Entry], tables: Sequence[Entry]) -> str:
    """A document of class `article` that shows all figures and tables.

    Args:
        title: Title of the analysis.
        figures: Figures in their order.
        tables: Tables in their order, each with its caption in its own file.
    """
    parts = [PREAMBLE, f"\\section*{{{tex_source(title)}}}\n"]
    for item in figures:
        parts.append(
            "\\begin{figure}[p]\n\\centering\n"
            f"\\includegraphics[width=0.55\\linewidth]{{figures/{item.name}}}\n"
            f"\\caption{{{tex_source(item.caption)}}}\n"
            f"\\label{{fig:{item.name}}}\n\\end{{figure}}\n\\clearpage\n"
        )
    parts += [f"\\input{{tables/{item.name}}}\n\\clearpage\n" for item in tables]
    return "".join([*parts, "\\end{document}\n"])
