"""Rendering of pages: the templates of `workflow/report` with their filters and functions."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from wollemi.analysis.models.plots import Plots
from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.settings import Settings
from wollemi.base.rounding import percent, significant, with_error
from wollemi.base.tex import tex_html
from wollemi.pages.headlines import (
    alarms,
    expected_error_text,
    limit_name,
    lost_text,
    poi_symbol,
    sigma_text,
)
from wollemi.pages.plot_groups import correction_plots, group_plots, plot_groups
from wollemi.results.confidence_interval_text import METHOD as INTERVAL_METHOD
from wollemi.results.confidence_interval_text import interval_rows, outcome_texts
from wollemi.results.discovery_text import METHOD as DISCOVERY_METHOD
from wollemi.results.discovery_text import (
    excess_text,
    global_rows,
    local_text,
    upcrossings_text,
)
from wollemi.results.fit_remarks import fit_remarks
from wollemi.results.goodness import goodness_text
from wollemi.results.interpolation_text import METHOD as INTERPOLATED
from wollemi.results.interpolation_text import interpolation_texts
from wollemi.results.limit_text import (
    METHOD,
    edge_text,
    expected_exclusion_text,
    expected_text,
    interpolation_rows,
    low_text,
    luminosity_text,
    rules_text,
)
from wollemi.results.limits import BriefLimit, floor_note, theory_note, toys_note
from wollemi.results.lint import count_text, decided, unaccepted, worst_first
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_label import parameter_label
from wollemi.results.parameter_text import minos_text, pull_text, value_text
from wollemi.results.region_groups import overlap_text, region_labels
from wollemi.results.region_limits_text import METHOD as REGION_METHOD
from wollemi.results.region_limits_text import region_notes, region_texts
from wollemi.results.scan_text import asimov_text, estimates_text, interval_text
from wollemi.results.toy_fit_text import METHOD as TOY_METHOD
from wollemi.results.toy_fit_text import line_text, summary_texts
from wollemi.results.toy_goodness import STATISTICS
from wollemi.results.toy_goodness_text import asymptotic_text, outcome_text
from wollemi.results.uncertainty_text import METHODS, contribution_texts, data_text, total_text


def page_environment(templates: Sequence[Path], settings: Settings) -> Environment:
    """The renderer of pages: text from the analysis is escaped, TeX in its labels becomes HTML.

    Args:
        templates: Paths of the templates, which refer to one another without their folder.
        settings: Settings with `samples`, `plots`, and `regions` for the summary page.
    """
    environment = html_environment(templates)
    plots = settings.plots
    labels = sample_labels(settings)
    environment.filters |= {
        "sample": lambda name: _label(labels.get(name) or _measured(name, settings)),
        "region": lambda name: _label(region_labels(plots).get(name, name)),
        "significant": lambda value, *digits: (
            BLINDED if value is None else significant(value, *digits)
        ),
        "poi": lambda name: _label(plots.parameters.get(name) or poi_symbol(name)),
        "parameter": lambda name: _parameter(name, plots),
        "source": lambda name: _label(parameter_label(name, plots)),
        "number": lambda value: BLINDED if value is None else f"{value:,.10g}",
        "short": _short,
        "sigmas": lambda value: BLINDED if value is None else sigma_text(value).replace("σ", " σ"),
        "bytes": lambda size: f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB",
    }
    environment.globals |= _functions(plots)
    environment.globals["correction_plots"] = lambda shown: correction_plots(
        settings.regions, shown
    )
    environment.globals["plot_groups"] = lambda shown: plot_groups(
        settings.regions,
        shown,
        group_plots(settings.declared, shown),
        [*era_plots(settings.declared)],
    )
    environment.globals["overlap_text"] = overlap_text
    environment.globals["unaccepted"] = unaccepted
    return environment


def html_environment(templates: Sequence[Path]) -> Environment:
    """A renderer of HTML without an analysis: text is escaped, TeX becomes HTML through the filter
    `tex`.

    Args:
        templates: Paths of the templates, which refer to one another without their folder.
    """
    environment = Environment(
        loader=DictLoader({path.name: path.read_text(encoding="utf-8") for path in templates}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tex"] = _label
    return environment


def _short(value: float) -> str:
    text = f"{value:.6g}"
    return significant(value, 5) if "e" in text else text


# Functions available in the templates under their own names.
TEXTS: tuple[Callable[..., object], ...] = (
    with_error,
    value_text,
    minos_text,
    pull_text,
    estimates_text,
    interval_text,
    outcome_text,
    asymptotic_text,
    expected_exclusion_text,
    expected_text,
    low_text,
    luminosity_text,
    rules_text,
    contribution_texts,
    line_text,
    interval_rows,
    outcome_texts,
    global_rows,
    excess_text,
    local_text,
    upcrossings_text,
    region_texts,
    region_notes,
    count_text,
    decided,
    worst_first,
    expected_error_text,
    limit_name,
    lost_text,
    goodness_text,
    edge_text,
    floor_note,
    interpolation_rows,
    interpolation_texts,
)


def _functions(plots: Plots) -> Mapping[str, Any]:
    label = partial(parameter_label, plots=plots)
    return {
        **{function.__name__: function for function in TEXTS},
        "asimov_text": lambda asimov: asimov_text(asimov, label),
        "statistics": STATISTICS,
        "extrapolation_method": METHOD,
        "data_text": lambda found: data_text(found, label),
        "total_text": lambda found: total_text(found, label),
        "uncertainty_methods": METHODS,
        "discovery_method": DISCOVERY_METHOD,
        "interval_method": INTERVAL_METHOD,
        "toy_method": TOY_METHOD,
        "toy_texts": summary_texts,
        "region_method": REGION_METHOD,
        "change_text": percent,
        "fit_remarks": lambda fit: fit_remarks(fit, label),
        "below_floor": lambda limit: limit.too_low,
        "toys_note": lambda results: toys_note(
            {name: item.limit for name, item in results.items() if item.limit}
        ),
        "interpolation_method": INTERPOLATED,
        "theory_note": lambda results: theory_sentence(
            {name: item.limit for name, item in results.items() if item.limit}
        ),
        "alarms": lambda **summary: alarms(summary, plots),
        "limit_axis": plots.limit_x.label,
    }


def theory_sentence(limits: Mapping[str, BriefLimit]) -> str:
    """Uncertainty of the predictions, as a sentence; empty without uncertainties."""
    note = theory_note(limits)
    return note[:1].upper() + note[1:]


def sample_labels(settings: Settings) -> dict[str, str]:
    """Sample → its label in legends, for samples that have one."""
    plots = settings.plots
    labels = {
        name: plots.data_label for name, sample in settings.samples.items() if sample.role == "data"
    }
    return labels | {name: style.label or name for name, style in plots.samples.items()}


def _label(text: str) -> Markup:
    return Markup(tex_html(text))  # noqa: S704 (tex_html escapes)


def _measured(name: str, settings: Settings) -> str:
    """Label of a result that is not a signal: parameters of interest of signals fitted together."""
    return name if name in settings.samples else settings.plots.parameters.get(name, name)


def _parameter(name: str, plots: Plots) -> Markup:
    """A parameter by its label, with its name as a tooltip; without a label, its name as code."""
    label = parameter_label(name, plots)
    if label == name:
        return Markup("<code>{}</code>").format(name)
    return Markup('<span title="{}">{}</span>').format(name, _label(label))


def report_page(html: str) -> str:
    """HTML as reStructuredText for the start of Snakemake's report, which is also a jinja2
    template.

    Nothing in the HTML may end the raw block: anything after it would be executed.
    """
    lines = (f"   {line}" for line in html.replace("{%", "&#123;%").splitlines() if line.strip())
    return "\n".join(["{% raw %}", ".. raw:: html", "", *lines, "{% endraw %}", ""])
