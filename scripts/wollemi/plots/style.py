"""What all plots share: style, labels, marks, room for the legend, and the three files of a plot.

Nothing here depends on the clock, on fonts of the machine or on the network: equal numbers give
equal bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from wollemi.analysis.models.plots import Plots
from wollemi.base.json_files import render_json
from wollemi.job.job import Job
from wollemi.results.marks import BLINDED, PREVIEW, PSEUDO_DATA
from wollemi_likelihood.base.arrays import Floats

PNG_DPI = 150
COLOR_MAP = "cividis"  # its lightness rises evenly, also for those who see no red or no green
TITLE_PAD = 34  # above the labels
LABEL_X = -0.105  # of the y axes' labels, in fractions of the panel: the same in both panels
# Of a font: what sets type by. A PDF has each glyph in its place.
LAYOUT_TABLES = ("GDEF", "GPOS", "GSUB", "MATH")
GAP = 0.03  # least distance between drawn objects and text, in fractions of the panel
# The ten colors of M. A. Petroff, arXiv:2107.02270: distinct in print and for color-blind readers.
COLORS = ("#3f90da", "#ffa90e", "#92dadd", "#b9ac70", "#e76300", "#94a4a2", "#a96b59")
SIGNAL_COLORS = ("#bd1f01", "#832db6", "#717581")


@dataclass(frozen=True)
class PlotLabels:
    """The text above each plot.

    Args:
        experiment: its first word is bold.
        beam: luminosity and energy, see `beam_text`.
        marks: `pseudo-data`, `PREVIEW`, `BLINDED`.
        simulation: whether only simulation is shown.
    """

    experiment: str
    beam: str
    marks: tuple[str, ...] = ()
    simulation: bool = False


def use_style() -> None:
    """The CMS style of mplhep, with characters its font lacks (ℓ, σ, →) taken from matplotlib's own
    font.

    Applied to each figure anew: in a notebook other libraries set styles, too. A notebook's backend
    is kept.
    """
    if matplotlib.get_backend(auto_select=False) is None:
        plt.switch_backend("Agg")
    mplhep.style.use("CMS")
    plt.rcParams.update(
        {
            "font.family": ["TeX Gyre Heros", "DejaVu Sans"],  # codespell:ignore heros
            "font.size": 22,
            "mathtext.fallback": "stixsans",
            "axes.linewidth": 1.5,
            "xtick.major.pad": 9,
            "hatch.linewidth": 0.8,
            "legend.fontsize": 18,
            "savefig.dpi": PNG_DPI,
            "pdf.fonttype": 42,
        }
    )


def single_panel(width: float = 10.0, height: float = 9.0) -> tuple[Figure, Axes]:
    """A figure (size in inches) with one panel. Margins are fixed: a layout engine draws everything
    twice.
    """
    use_style()
    figure, ax = plt.subplots(figsize=(width, height))
    set_margins(figure)
    return figure, ax


def set_margins(
    figure: Figure, left: float = 1.35, right: float = 0.35, bottom: float = 1.05, top: float = 0.5
) -> None:
    """Margins around the panels, in inches."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)


def ratio_panels() -> tuple[Figure, Axes, Axes]:
    """A figure with a main panel and a ratio panel below it that share the x axis."""
    use_style()
    figure, (main, ratio) = plt.subplots(
        2, 1, figsize=(10.0, 10.0), sharex=True, height_ratios=(3, 1)
    )
    set_margins(figure)
    figure.subplots_adjust(hspace=0.06)
    return figure, main, ratio


def sample_label(name: str, plots: Plots) -> str:
    """How a plot calls a sample: by its label, or by its name."""
    style = plots.samples.get(name)
    return (style.label if style else None) or name


def poi_label(name: str, plots: Plots) -> str:
    """Label of a parameter of interest; as `parameter_label`, which also knows factors of bins."""
    return plots.parameters.get(name) or (r"$\mu$" if name == "mu" else name.replace("_", " "))


def strength_label(name: str, plots: Plots, symbol: str = "") -> str:
    """How an axis calls a signal strength.

    Args:
        name: of the parameter of interest.
        plots: labels.
        symbol: written behind the words where the parameter is µ and has no label.
    """
    if name in plots.parameters:
        return plots.parameters[name]
    return f"signal strength {symbol if name == 'mu' else name}".rstrip()


def add_labels(ax: Axes, labels: PlotLabels) -> None:
    """Experiment, luminosity and energy above a panel, smaller where they would meet; PREVIEW
    across it. The power of ten of the numbers at the axis, such as `1e6`, is left of them.
    """
    ax.yaxis.get_offset_text().set(x=-0.01, ha="right", va="bottom")
    texts = _label_texts(ax, labels, 1.0)
    left, right = (axes_box(ax, text) for text in texts[1:])
    needed = left.x1 + right.width + 0.02
    if needed > 1:
        for text in texts:
            text.remove()
        _label_texts(ax, labels, 0.95 / needed)  # the space between the words does not shrink
    if PREVIEW in labels.marks:
        _stamp(ax)


def _stamp(ax: Axes) -> None:
    """PREVIEW, big and light, across the whole figure."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontweight": "bold",
        "color": "black",
        "alpha": 0.12,
    }
    figure.text(
        0.54,
        0.5,
        PREVIEW,
        rotation=30,
        fontsize=10 * min(figure.get_size_inches()),
        zorder=20,
        **style,
    )


def _label_texts(ax: Axes, labels: PlotLabels, scale: float) -> list[Text]:
    """The experiment's name, the words behind it, luminosity and energy."""
    first, _, rest = labels.experiment.partition(" ")
    if labels.simulation and "simulation" not in rest.lower():
        rest = f"Simulation {rest}".rstrip()
    marked = PSEUDO_DATA in labels.marks
    words = [rest, (PSEUDO_DATA if rest else PSEUDO_DATA.capitalize()) if marked else ""]
    words += [BLINDED] if BLINDED in labels.marks else []
    with _undrawn(ax):
        texts = mplhep.label.exp_text(
            exp=first,
            text=", ".join(word for word in words if word),
            lumi=labels.beam.replace("⁻¹", "$^{-1}$"),
            loc=0,
            ax=ax,
            fontsize=tuple(scale * size for size in (26, 20, 18, 16)),
            scilocator_adjust=False,
        )
    return list(texts[:3])


@contextmanager
def _undrawn(ax: Axes) -> Iterator[None]:
    """Without drawings of the figure: mplhep makes one to measure a text, for which a renderer is
    enough. It took a fifth of the CPU time of a plot.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    canvas = vars(figure.canvas)
    canvas["draw"] = _draw_nothing
    try:
        yield
    finally:
        del canvas["draw"]


def _draw_nothing() -> None:
    pass


def tell_absence(ax: Axes, text: str) -> None:
    """Say in the place of a plot why there is none."""
    ax.text(0.5, 0.5, text.replace("$", r"\$"), ha="center", va="center", fontsize=18, wrap=True)
    ax.set_axis_off()


def log_ticks(ax: Axes, axis: str) -> None:
    """Plain numbers on a logarithmic axis, also between decades where it spans only a few."""
    chosen = ax.xaxis if axis == "x" else ax.yaxis
    low, high = chosen.get_view_interval()
    few = high / low < 30
    chosen.set_major_locator(
        LogLocator(subs=(1, 2, 3, 5) if high / low < 5 else (1, 2, 5) if few else (1,), numticks=15)
    )
    chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    chosen.set_minor_locator(LogLocator(subs=tuple(range(1, 10)), numticks=200))
    chosen.set_minor_formatter(NullFormatter())


def axes_box(ax: Axes, artist: Any) -> Bbox:
    """Where an artist lies, in fractions of the panel."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return Bbox(artist.get_window_extent(renderer).transformed(ax.transAxes.inverted()))


def make_room(
    ax: Axes, edges: Floats, tops: Floats, boxes: Iterable[Bbox], bottom: float, gap: float = GAP
) -> None:
    """Set the range of the y axis so that nothing drawn reaches the boxes above it.

    Args:
        ax: the panel, with its x range and scales set.
        edges: bin edges (bins + 1,) on the x axis.
        tops: upper end of what is drawn in each bin (bins,).
        boxes: of legend and text, in fractions of the panel.
        bottom: lower end of the y axis; above 0 on a logarithmic one.
        gap: least distance to a box, in fractions of the panel.
    """
    points = np.column_stack([edges, np.full(len(edges), ax.get_ylim()[1])])
    places = ax.transAxes.inverted().transform(ax.transData.transform(points))[:, 0]
    forward, backward = (np.log, np.exp) if ax.get_yscale() == "log" else (np.asarray, np.asarray)
    heights = forward(np.maximum(tops, bottom)) - forward(bottom)
    needed = [float(heights.max()) / 0.94]
    for box in boxes:
        below = (places[1:] > box.x0 - gap) & (places[:-1] < box.x1 + gap)
        needed.append(float(heights[below].max(initial=0.0)) / max(box.y0 - gap, 0.2))
    span = max(needed) or 1.0
    ax.set_ylim(bottom, float(backward(forward(bottom) + span)))


def plot_outputs(job: Job) -> dict[str, dict[str, Path]]:
    """Where to write the files of each plot that `--pdf`, `--png` and `--json` name: plot → format
    → path.
    """
    found: dict[str, dict[str, Path]] = {}
    for suffix in ("pdf", "png", "json"):
        for target, path in zip(job.option(suffix), job.outputs(suffix), strict=True):
            found.setdefault(target.stem, {})[suffix] = path
    return found


def save_plot(figure: Figure, numbers: Mapping[str, Any], paths: Mapping[str, Path]) -> None:
    """Write a figure as PDF and PNG and its numbers as JSON, without date or creator.

    Args:
        figure: the figure, which is closed.
        numbers: every number drawn, as plain values.
        paths: format → path.
    """
    for suffix, metadata in (
        ("pdf", {"CreationDate": None, "Creator": None, "Producer": None}),
        ("png", {"Software": None}),
    ):
        # Not by its path: on a full disk matplotlib leaves the file open.
        content = BytesIO()
        with without_layout_tables():
            figure.savefig(content, format=suffix, metadata=metadata)
        paths[suffix].write_bytes(content.getvalue())
    plt.close(figure)
    paths["json"].write_text(render_json(numbers), encoding="utf-8")


@contextmanager
def without_layout_tables() -> Iterator[None]:
    """With fonts in a PDF that have what draws their glyphs and nothing else: fontTools needs a
    quarter of the CPU time of a plot to cut the other tables to its letters.
    """
    # Not at the top: a picture that is no PDF has no fonts.
    from matplotlib.backends import _backend_pdf_ps

    options = vars(_backend_pdf_ps)["subset"].Options  # of fontTools, as matplotlib has it
    dropped = options._drop_tables_default
    options._drop_tables_default = [*dropped, *LAYOUT_TABLES]
    try:
        yield
    finally:
        options._drop_tables_default = dropped
