"""The lineage of a product back to the production files: as a tree of text, and as a picture."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from wollemi.base.whole_files import whole_file
from wollemi.provenance.chain import BROKEN, INTACT, STALE, Chain, Job
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

# From M. A. Petroff, arXiv:2107.02270; with a mark next to each, for readers who see no colors.
STATUS_COLORS = {INTACT: "#92dadd", STALE: "#ffa90e", BROKEN: "#e76300"}
MARKS = {INTACT: "", STALE: " ~", BROKEN: " ×"}


def maker_of(chain: Chain, product: str) -> Job:
    """The job that made a product.

    Raises:
        WollemiError: The product has no record.
    """
    job = chain.makers.get(product)
    if job is None:
        problem = f"no record tells how this was made{did_you_mean(product, chain.makers)}"
        raise WollemiError(
            product, problem, f"name a product under {chain.run}, relative to the working folder"
        )
    return job


def lineage_text(chain: Chain, product: str) -> str:
    """The tree of a product's inputs, each job once.

    Args:
        chain: Chain of the run.
        product: Name of the product.

    Raises:
        WollemiError: The product has no record.
    """
    maker_of(chain, product)
    return "\n".join(_tree(chain, product, "", "", set())) + "\n"


def _tree(chain: Chain, product: str, first: str, rest: str, shown: set[str]) -> Iterator[str]:
    job = chain.makers.get(product)
    if job is None:
        yield f"{first}{product}  (not made by a job)"
        return
    seen = job.record in shown
    yield (
        f"{first}{product}  [{chain.products[product]}]  by "
        f"{job.name}{' (see above)' if seen and job.inputs else ''}"
    )
    if seen:
        return
    shown.add(job.record)
    for reason in job.reasons:
        yield f"{rest}│   ! {reason.status}: {reason.text}"
    yield f"{rest}│   {_circumstances(job)}"
    for number, name in enumerate(job.inputs, 1):
        last = number == len(job.inputs)
        yield from _tree(
            chain,
            name,
            rest + ("└── " if last else "├── "),
            rest + ("    " if last else "│   "),
            shown,
        )


def _circumstances(job: Job) -> str:
    """Code, settings and packages of a job in one line."""
    content = job.content
    sections = ", ".join(content.get("settings", ())) or "none"
    packages = content["packages"]
    shown = ", ".join(
        f"{name} {packages[name]}" for name in ("python", "numpy") if name in packages
    )
    return (
        f"{len(content['code'])} code files; sections: {sections}; "
        f"{counted(len(packages), 'package')} "
        f"({shown})"
    )


def ancestors(chain: Chain, product: str) -> dict[str, int]:
    """All jobs and production files behind a product, with their distance in jobs (along the
    longest path).

    Args:
        chain: Chain of the run.
        product: Name of the product.

    Raises:
        WollemiError: The product has no record.
    """
    levels = {maker_of(chain, product).record: 0}
    for record, job in reversed(list(chain.jobs.items())):  # each before its dependencies
        if record in levels:
            for name in job.inputs:
                maker = chain.makers.get(name)
                source = maker.record if maker else name
                levels[source] = max(levels.get(source, 0), levels[record] + 1)
    return levels


def draw_lineage(chain: Chain, product: str, path: Path) -> None:
    """Draw the graph behind a product: production files left, the product right; equal chains give
    equal bytes.

    Args:
        chain: Chain of the run.
        product: Name of the product.
        path: Path of the picture: `.svg`, `.png` or `.pdf`.

    Raises:
        WollemiError: The product has no record.
    """
    import matplotlib  # only a picture needs it

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    levels = ancestors(chain, product)
    positions = _positions(levels)
    height = 1 + 0.22 * max(
        sum(level == other for other in levels.values()) for level in levels.values()
    )
    with plt.rc_context({"svg.hashsalt": "wollemi", "svg.fonttype": "none", "font.size": 6}):
        figure, ax = plt.subplots(
            figsize=(2.4 * (1 + max(levels.values())), max(height, 2)), layout="constrained"
        )
        for record in levels:
            _draw_node(ax, chain, record, positions)
        ax.set_title(product, fontsize=8)
        ax.set_axis_off()
        ax.margins(0.12, 0.05)
        content = BytesIO()  # not by its path: on a full disk matplotlib leaves the file open
        figure.savefig(
            content,
            format=path.suffix[1:],
            dpi=150,
            metadata={"Date": None} if path.suffix == ".svg" else None,
        )
        plt.close(figure)
    with whole_file(path) as partial:
        partial.write_bytes(content.getvalue())


def _positions(levels: dict[str, int]) -> dict[str, tuple[float, float]]:
    """Column, and height between 0 and 1, by name and in the order of names."""
    columns: dict[int, list[str]] = {}
    for name in sorted(levels):
        columns.setdefault(levels[name], []).append(name)
    return {
        name: (-level, 1 - (row + 0.5) / len(names))
        for level, names in columns.items()
        for row, name in enumerate(names)
    }


def _draw_node(ax: Any, chain: Chain, name: str, positions: dict[str, tuple[float, float]]) -> None:
    job = chain.jobs.get(name)
    label = f"{job.name}{MARKS[job.status]}" if job else name
    box = {
        "boxstyle": "round",
        "facecolor": STATUS_COLORS[job.status] if job else "white",
        "edgecolor": "gray",
        "linewidth": 0.5,
    }
    ax.text(*positions[name], label, ha="center", va="center", bbox=box, zorder=2)
    ax.plot(*positions[name], marker=".", color="none")
    for source in (
        {maker.record if (maker := chain.makers.get(read)) else read for read in job.inputs}
        if job
        else ()
    ):
        (x0, y0), (x1, y1) = positions[source], positions[name]
        ax.plot([x0, x1], [y0, y1], color="gray", linewidth=0.4, zorder=1)
