"""The plots of the regions by the command line."""

from support.example.products import EVENTS, write_products
from support.example.programs import draw


def test_each_region_shows_the_data_and_the_sum_of_its_samples(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ["sr_mass", "cr_mass", "vr_mass"]
    drawn = draw("plot_regions", names, histograms=[f"histograms/{name}.json" for name in EVENTS])
    for name in names:
        assert drawn[name]["data"]["events"] == EVENTS["data"]
        layers = {layer["sample"]: layer["events"] for layer in drawn[name]["stacked"]}
        assert layers["dy"] == [3, 4, 9]
        assert layers["top"] == EVENTS["top"]
