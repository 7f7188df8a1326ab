"""The plots of the fit by the command line."""

from support.example.products import EVENTS, fit, write_products
from support.example.programs import draw


def test_each_plot_shows_the_main_fit(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ["postfit_sr", "postfit_cr", "postfit_vr", "region_pulls", "pulls", "correlations"]
    drawn = draw(
        "plot_fit",
        names,
        fit=["fit.json"],
        predictions=["predictions.json"],
        histograms=["histograms/data.json"],
    )
    columns = drawn["region_pulls"]["columns"]
    assert [(item["region"], item["fitted"]) for item in columns] == [
        (region, region != "vr") for region in ("sr", "cr", "vr") for _ in EVENTS["data"]
    ]
    assert drawn["postfit_vr"]["stage"] == "Post-fit, not fitted"
    assert drawn["postfit_vr"]["data"]["events"] == EVENTS["data"]
    assert drawn["postfit_vr"]["stacked"] == drawn["postfit_cr"]["stacked"]
    for name in ("postfit_sr", "postfit_cr"):
        assert drawn[name]["data"]["events"] == EVENTS["data"]
        yields = fit()["fits"]["signal"]["yields"]["postfit"][name.removeprefix("postfit_")]
        assert {layer["sample"]: layer["events"] for layer in drawn[name]["stacked"]} == yields[
            "samples"
        ]
    assert {drawn[name]["fit"] for name in names} == {"signal"}
