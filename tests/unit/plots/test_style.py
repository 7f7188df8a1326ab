"""Room for the legend, marks, labels, and files without clock."""

import json
import re
import shutil
import zlib
from contextlib import nullcontext
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, fontManager
from matplotlib.transforms import Bbox

from wollemi.analysis.models.plots import Plots
from wollemi.plots import style
from wollemi.plots import templates as template_plots
from wollemi.plots.style import (
    COLORS,
    SIGNAL_COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    poi_label,
    save_plot,
    single_panel,
    strength_label,
)
from wollemi.results.marks import data_label

LABELS = PlotLabels("CMS Open Data", "36.1 fb⁻¹ (13 TeV)")


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text"))]


def test_the_style_of_another_library_does_not_stay():
    single_panel()
    ours = dict(plt.rcParams)
    with plt.style.context("seaborn-v0_8-colorblind"):
        plt.rcParams.update({"font.size": 8, "axes.labelsize": 3})
        single_panel()
        assert {name: plt.rcParams[name] for name in ("font.size", "axes.labelsize")} == {
            name: ours[name] for name in ("font.size", "axes.labelsize")
        }


def test_a_backend_that_is_chosen_stays():
    before = plt.get_backend()
    plt.switch_backend("svg")
    try:
        single_panel()
        assert plt.get_backend() == "svg"
    finally:
        plt.switch_backend(before)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_nothing_drawn_reaches_a_box(scale):
    _, ax = single_panel()
    ax.set_yscale(scale)
    ax.set_xlim(0, 4)
    edges, tops = np.arange(5.0), np.array([1.0, 50.0, 3.0, 40.0])
    ax.set_ylim(0.1, 1)
    box = Bbox.from_extents(0.5, 0.7, 0.99, 0.97)
    make_room(ax, edges, tops, [box], 0.1 if scale == "log" else 0.0)
    heights = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([edges[1:], tops]))
    )[:, 1]
    # The third and fourth bin lie below the box, the second one only reaches its gap.
    assert heights.max() < 0.95
    assert (heights[1:] <= box.y0 - 0.03 + 1e-9).all()


def test_a_high_bin_beside_the_box_costs_no_room():
    _, ax = single_panel()
    ax.set_xlim(0, 4)
    make_room(
        ax, np.arange(5.0), np.array([94.0, 1, 1, 1]), [Bbox.from_extents(0.6, 0.5, 1, 1)], 0.0
    )
    assert ax.get_ylim() == pytest.approx((0, 100))


def test_marks_and_labels():
    figure, ax = single_panel()
    add_labels(ax, PlotLabels("Wollemi", "36.1 fb⁻¹ (13 TeV)", ("pseudo-data", "PREVIEW")))
    assert {"Wollemi", "Pseudo-data", "36.1 fb$^{-1}$ (13 TeV)", "PREVIEW"} <= set(texts(figure))


def test_real_data_have_no_marks():
    figure, ax = single_panel()
    add_labels(ax, LABELS)
    assert {"CMS", "Open Data"} <= set(texts(figure))
    assert not {"PREVIEW", "Pseudo-data"} & set(texts(figure))


def test_long_labels_do_not_meet():
    _, ax = single_panel(width=7)
    add_labels(
        ax,
        PlotLabels(
            "Wollemi simulation", "2.33 fb⁻¹ (7 TeV) + 11.58 fb⁻¹ (8 TeV)", ("pseudo-data",)
        ),
    )
    left = next(text for text in ax.texts if text.get_text() == "simulation, pseudo-data")
    right = next(text for text in ax.texts if "7 TeV" in text.get_text())
    assert axes_box(ax, left).x1 < axes_box(ax, right).x0


def test_labels_draw_nothing(monkeypatch):
    """And lie where they would after a drawing, which mplhep makes to measure them."""
    drawn = []
    monkeypatch.setattr(FigureCanvasAgg, "draw", lambda canvas: drawn.append(canvas))

    def places():
        _, ax = single_panel()
        ax.plot([0, 1], [0, 2e6])
        add_labels(ax, LABELS)
        return [item.get_position() for item in ax.texts]

    found = places()
    assert len(found) > 1
    assert drawn == []
    monkeypatch.setattr(style, "_undrawn", lambda ax: nullcontext())
    assert places() == found
    assert len(drawn) == 1


def test_pseudo_data_are_never_called_data():
    assert data_label("Data", ["pseudo-data"]) == "Pseudo-data"
    assert data_label("Pseudodata", ["pseudo-data"]) == "Pseudodata"
    assert data_label("Data 2012", []) == "Data 2012"


def test_plain_numbers_on_a_short_logarithmic_axis():
    _, ax = single_panel()
    ax.set_xscale("log")
    ax.set_xlim(400, 6000)
    log_ticks(ax, "x")
    shown = [
        ax.xaxis.get_major_formatter()(tick, 0)
        for tick in ax.xaxis.get_majorticklocs()
        if 400 <= tick <= 6000
    ]
    assert shown == ["500", "1000", "2000", "5000"]


def test_equal_numbers_give_equal_bytes(tmp_path):
    for place in ("first", "second"):
        figure, ax = single_panel()
        add_labels(ax, LABELS)
        ax.plot([0, 1], [0, 1], label=r"$m_{\ell\ell}$ → ℓ")
        ax.legend()
        (tmp_path / place).mkdir()
        save_plot(
            figure,
            {"x": 1.5},
            {suffix: tmp_path / place / f"plot.{suffix}" for suffix in ("pdf", "png", "json")},
        )
    for suffix in ("pdf", "png", "json"):
        first, second = (
            (tmp_path / place / f"plot.{suffix}").read_bytes() for place in ("first", "second")
        )
        assert first == second
    pdf = (tmp_path / "first/plot.pdf").read_bytes()
    assert b"CreationDate" not in pdf
    assert json.loads((tmp_path / "first/plot.json").read_text()) == {"x": 1.5}


def pdf_fonts(content):
    """The fonts in a PDF, read by fontTools."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    inflated = [zlib.decompressobj().decompress(item) for item in streams if item[:1] == b"\x78"]
    marks = (b"\0\1\0\0", b"OTTO", b"true")
    return [TTFont(BytesIO(item)) for item in inflated if item.startswith(marks)]


@pytest.mark.parametrize("hidden", [True, False])
def test_installed_fonts_with_the_name_of_a_bundled_one_are_not_taken(
    tmp_path, monkeypatch, hidden
):
    """Each font of the packages has an installed twin, as TeX Live brings some."""

    def drawn(name):
        _, ax = single_panel()
        add_labels(ax, LABELS)
        ax.set_xlabel(r"$m_{\ell\ell}$ → ℓ, $\mathit{p}_\mathrm{T}$", style="italic")
        paths = {kind: tmp_path / f"{name}.{kind}" for kind in ("pdf", "png", "json")}
        save_plot(ax.figure, {}, paths)
        return [paths[kind].read_bytes() for kind in ("pdf", "png")]

    alone = drawn("alone")
    serif = Path(shutil.copy(findfont("DejaVu Serif"), tmp_path / "twin.ttf"))
    twins = [replace(font, fname=str(serif)) for font in fontManager.ttflist]
    monkeypatch.setattr(fontManager, "ttflist", [*twins, *fontManager.ttflist])
    fontManager._findfont_cached.cache_clear()
    if not hidden:  # so the test can fail
        monkeypatch.setattr(style, "_drop_twin_fonts", lambda: None)
    assert [one == other for one, other in zip(alone, drawn("beside"), strict=True)] == 2 * [hidden]
    fontManager._findfont_cached.cache_clear()


def test_fonts_in_a_pdf_have_glyphs_and_no_rules_of_type(tmp_path):
    """And the outlines that they would have with these rules."""

    def fonts(layout):
        figure, ax = single_panel()
        add_labels(ax, LABELS)
        ax.set_xlabel(r"$m_{\ell\ell}$ → ℓ fi AV office")
        if layout:
            content = BytesIO()
            figure.savefig(content, format="pdf")
            return pdf_fonts(content.getvalue())
        paths = {suffix: tmp_path / f"plot.{suffix}" for suffix in ("pdf", "png", "json")}
        save_plot(figure, {}, paths)
        return pdf_fonts(paths["pdf"].read_bytes())

    found, others = fonts(layout=False), fonts(layout=True)
    assert len(found) == len(others) > 2
    assert not any(tag in font for font in found for tag in ("GDEF", "GPOS", "GSUB", "MATH"))
    assert any("GPOS" in font for font in others)
    for font, other in zip(found, others, strict=True):
        assert outlines(font).items() <= outlines(other).items()
        assert font.getBestCmap() == other.getBestCmap()


def outlines(font):
    """Glyph → how it is drawn, and its width."""
    glyphs, drawn = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = RecordingPen()
        glyphs[name].draw(pen)
        drawn[name] = (pen.value, glyphs[name].width)
    return drawn


def test_a_signal_strength_has_a_symbol():
    plots = Plots(parameters={"mu_a": "$\\mu_{a}$"})
    assert [poi_label(name, plots) for name in ("mu", "mu_a", "k")] == [
        *("$\\mu$", "$\\mu_{a}$", "k"),
    ]
    assert strength_label("mu", plots, "µ") == "signal strength µ"
    assert strength_label("k", plots, "µ") == "signal strength k"
    assert strength_label("mu_a", plots, "µ") == "$\\mu_{a}$"


# Machado, Oliveira and Fernandes, doi:10.1109/TVCG.2009.113, severity 1, of linear sRGB.
SEEN_BY = {
    "all": np.eye(3),
    "those without green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "those without red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def closest(colors, seen_by):
    """Smallest distance of two colors in CIELAB, where 2.3 is a just noticeable difference."""
    stored = np.array([to_rgb(color) for color in colors])
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(SEEN_BY[seen_by]), 0, 1)
    x, y, z = np.cbrt(seen @ np.transpose(TO_XYZ) / [0.95047, 1, 1.08883]).T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])
    pairs = combinations(lab.T, 2)
    return min(np.linalg.norm(one - other) for one, other in pairs)


@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_colors_are_told_apart(seen_by):
    assert closest((*COLORS, *SIGNAL_COLORS), seen_by) > 15
    assert closest(tuple(template_plots.COLORS.values()), seen_by) > 50
    assert closest(("#ffe680", "#7fc97f"), seen_by) > 20


def test_other_palettes_are_not_told_apart_by_all():
    """So the test can fail: the colors that matplotlib takes by itself."""
    tab10 = colormaps["tab10"].colors
    assert closest(tab10, "all") > 15
    assert closest(tab10, "those without green") < 8
    assert closest(tab10, "those without red") < 8


def test_only_simulation_is_called_so():
    _, ax = single_panel()
    add_labels(ax, replace(LABELS, simulation=True))
    assert "Simulation Open Data" in texts(ax.figure)
    _, ax = single_panel()
    add_labels(ax, PlotLabels("Wollemi", "13 TeV", ("PREVIEW",), simulation=True))
    assert "Simulation" in texts(ax.figure)
    _, ax = single_panel()
    add_labels(ax, LABELS)
    assert not [text for text in texts(ax.figure) if "Simulation" in text]
    _, ax = single_panel()
    add_labels(ax, PlotLabels("Wollemi simulation", "13 TeV", simulation=True))
    assert "simulation" in texts(ax.figure), "the word stands once"


@pytest.mark.parametrize("top", [5, 2e4, 3e6, 7e12, 4e-9])
@pytest.mark.parametrize("labels", [LABELS, replace(LABELS, experiment="", simulation=True)])
def test_a_power_of_ten_is_beside_the_labels(top, labels):
    figure, ax = single_panel()
    ax.stairs([0.2 * top, top], [0, 1, 2])
    ax.set_ylabel("Events / 30 GeV")
    add_labels(ax, labels)
    figure.canvas.draw()
    power = ax.yaxis.get_offset_text()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    boxes.append(ax.yaxis.label.get_window_extent())
    assert bool(power.get_text()) == (top not in (5, 2e4))
    if power.get_text():
        assert not [box for box in boxes if box.overlaps(power.get_window_extent())]
        assert figure.bbox.containsx(power.get_window_extent().x0)
