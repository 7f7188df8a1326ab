"""Plots of several new signals."""

from types import SimpleNamespace

from wollemi.reinterpretation.results import write_plots


def test_without_a_contour_the_limit_plot_is_that_of_the_first_run(tmp_path):
    runs = [SimpleNamespace(results=tmp_path / name) for name in ("first", "second")]
    for run in runs:
        (run.results / "plots").mkdir(parents=True)
        (run.results / "plots/limits.pdf").write_text(run.results.name)
    write_plots({"contour": None}, runs, tmp_path)
    assert (tmp_path / "limits.pdf").read_text() == "first"
