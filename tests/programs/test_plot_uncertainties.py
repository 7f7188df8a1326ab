"""The plot of an uncertainty by the command line: the numbers of the product are drawn."""

from support.example.products import uncertainties, write_products
from support.example.programs import draw


def test_the_product_is_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_products(tmp_path)
    names, inputs = ["uncertainties_signal"], {"uncertainties": ["uncertainties.json"]}
    (numbers,) = draw("plot_uncertainties", names, **inputs).values()
    product = uncertainties()["uncertainties"]["signal"]
    assert numbers["signal"] == "signal"
    assert numbers["error"] == [product["error_down"], product["error_up"]]
    rows = {row["name"]: row for row in numbers["contributions"]}
    assert rows["lumi"]["shifted"] == [product["groups"]["lumi"]["shifted"]] * 2
    assert rows["lumi"]["frozen"] == [0.11, 0.12]
    assert rows["free normalizations"]["shifted"] is None
