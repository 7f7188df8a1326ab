"""Common parts of all plots: style, labels, marks, room for the legend, and a plot's three files.

Nothing here depends on the clock, on installed fonts or on the network: equal numbers give equal
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import matplotlib.pyplot as plt
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from wollemi.base.json_files import render_json
from wollemi.job.job import Job
from wollemi.results.marks import BLINDED, PREVIEW, PSEUDO_DATA
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

PNG_DPI = 150
COLOR_MAP = "cividis"  # its lightness rises evenly, also with red or green color blindness
TITLE_PAD = 34  # points above the labels
LABEL_X = -0.105  # position of y axis labels, in fractions of the panel: equal in both panels
# Font tables for typesetting. A PDF places each glyph explicitly.
LAYOUT_TABLES = ("GDEF", "GPOS", "GSUB", "MATH")
GAP = 0.03  # smallest distance between drawn objects and text, in fractions of the panel
# The ten colors of M. A. Petroff, arXiv:2107.02270: distinct in print and for color-blind readers.
COLORS = ("#3f90da", "#ffa90e", "#92dadd", "#b9ac70", "#e76300", "#94a4a2", "#a96b59")
SIGNAL_COLORS = ("#bd1f01", "#832db6", "#717581")


@dataclass(frozen=True)
class PlotLabels:
    """The text above each plot.

    Args:
        experiment: Experiment; its first word is bold.
        beam: Luminosity and energy, see `beam_text`.
        marks: Marks: `pseudo-data`, `PREVIEW`, `BLINDED`.
        simulation: Whether only simulation is shown.
    """

    experiment: str
    beam: str
    marks: tuple[str, ...] = ()
    simulation: bool = False


def use_style() -> None:
    """Apply the CMS style of mplhep, with characters that its font lacks (ℓ, σ, →) from
    matplotlib's own font.

    Applied to each figure again, since other libraries in a notebook set styles as well. The
    backend of a notebook is kept.
    """
    if matplotlib.get_backend(auto_select=False) is None:
        plt.switch_backend("Agg")
    _drop_twin_fonts()
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


def _drop_twin_fonts() -> None:
    """Hide installed fonts that have the name of a font of the packages.

    matplotlib prefers those of TeX Live, for example, to those of mplhep: the glyphs are equal, the
    bytes of a PDF are not.
    """
    packages = (matplotlib.get_data_path(), str(mplhep.font_path))
    fonts = fontManager.ttflist
    own = {font.name for font in fonts if font.fname.startswith(packages)}
    kept = [font for font in fonts if font.fname.startswith(packages) or font.name not in own]
    if len(kept) < len(fonts):
        fontManager.ttflist = kept
        fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


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
    """Set the margins around the panels, in inches."""
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
    """Name of a sample in plots: its label, or its own name."""
    style = plots.samples.get(name)
    return (style.label if style else None) or name


def poi_label(name: str, plots: Plots) -> str:
    """Label of a parameter of interest; `parameter_label` also handles factors of bins."""
    return plots.parameters.get(name) or (r"$\mu$" if name == "mu" else name.replace("_", " "))


def strength_label(name: str, plots: Plots, symbol: str = "") -> str:
    """Label of a signal strength on an axis.

    Args:
        name: Name of the parameter of interest.
        plots: Section `plots`, with the labels.
        symbol: Symbol after the words if the parameter is µ without a label.
    """
    if name in plots.parameters:
        return plots.parameters[name]
    return f"signal strength {symbol if name == 'mu' else name}".rstrip()


def add_labels(ax: Axes, labels: PlotLabels) -> None:
    """Write experiment, luminosity and energy above a panel, smaller if they would overlap; PREVIEW
    across it. The power of ten of an axis' numbers, for example `1e6`, is to their left.
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
    """Write PREVIEW, big and light, across the whole figure."""
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
    """Suppress drawing of the figure: mplhep draws it to measure a text, for which a renderer is
    enough. Drawing took a fifth of the CPU time of a plot.
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


def note_absence(ax: Axes, text: str) -> None:
    """Write a reason in place of a missing plot."""
    ax.text(0.5, 0.5, text.replace("$", r"\$"), ha="center", va="center", fontsize=18, wrap=True)
    ax.set_axis_off()


def log_ticks(ax: Axes, axis: str) -> None:
    """Plain numbers on a logarithmic axis, also between decades if it spans only a few."""
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
    """Bounding box of an artist, in fractions of the panel."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return Bbox(artist.get_window_extent(renderer).transformed(ax.transAxes.inverted()))


def make_room(
    ax: Axes, edges: Floats, tops: Floats, boxes: Iterable[Bbox], bottom: float, gap: float = GAP
) -> None:
    """Set the range of the y axis so that nothing drawn reaches the boxes above it.

    Args:
        ax: Panel with its x range and scales set.
        edges: Bin edges on the x axis, shape (bins + 1,).
        tops: Upper end of everything drawn in each bin, shape (bins,).
        boxes: Boxes of legend and text, in fractions of the panel.
        bottom: Lower end of the y axis; above 0 if logarithmic.
        gap: Smallest distance to a box, in fractions of the panel.
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
    """Output paths of each plot named by `--pdf`, `--png` and `--json`: plot → format → path."""
    found: dict[str, dict[str, Path]] = {}
    for suffix in ("pdf", "png", "json"):
        for target, path in zip(job.option(suffix), job.outputs(suffix), strict=True):
            found.setdefault(target.stem, {})[suffix] = path
    return found


def save_plot(figure: Figure, numbers: Mapping[str, Any], paths: Mapping[str, Path]) -> None:
    """Write a figure as PDF and PNG and its numbers as JSON, without date or creator.

    Args:
        figure: Figure, which is closed afterwards.
        numbers: Every number drawn, as plain values.
        paths: Format → path.
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
    """Embed fonts in a PDF with only the tables that draw their glyphs: fontTools needs a quarter
    of the CPU time of a plot to subset the other tables.
    """
    # Not at the top: only PDFs contain fonts.
    from matplotlib.backends import _backend_pdf_ps

    options = vars(_backend_pdf_ps)["subset"].Options  # of fontTools, as imported by matplotlib
    dropped = options._drop_tables_default
    options._drop_tables_default = [*dropped, *LAYOUT_TABLES]
    try:
        yield
    finally:
        options._drop_tables_default = dropped
