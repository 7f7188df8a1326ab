"""The plots of the scans by the command line: every number of the product is beside them."""

from support.example.products import scans, write_products
from support.example.programs import draw


def test_the_numbers_are_those_of_the_product(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ["scan_strength_signal", "scan_plane_signal"]
    strength, plane = draw("plot_scans", names, scans=["scans.json"]).values()
    product = scans()["scans"]["signal"]
    for numbers, scan in ((strength, product["strength"]), (plane, product["plane"])):
        assert numbers["measurement"] == "example"
        assert (numbers["parameters"], numbers["values"]) == (scan["parameters"], scan["values"])
        for curve in ("observed", "expected"):
            for key in ("rise", "estimates"):
                assert numbers[curve][key] == scan[curve][key]
    for curve in ("observed", "expected"):
        assert strength[curve]["one_sigma"] == product["strength"][curve]["one_sigma"]
        assert plane[curve]["contours"].keys() == {"68 %", "95 %"}
    assert plane["failed"] == 1
