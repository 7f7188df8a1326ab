"""The plot of the goodness of fit by the command line: the p-values and numbers of toys of the
product are beside it.
"""

from support.example.products import goodness, write_products
from support.example.programs import draw

from wollemi.results.toy_goodness import Goodness
from wollemi.results.toy_goodness_text import p_value_text


def test_the_numbers_are_those_of_the_product(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    numbers = draw("plot_goodness", ["goodness"], goodness=["goodness.json"])["goodness"]
    product = Goodness.model_validate(goodness())
    assert numbers["measurement"] == "example"
    for name, test in product.tests.items():
        drawn = numbers["statistics"][name]
        assert drawn["observed"] == test.observed
        assert drawn["text"] == p_value_text(test, product.thrown)
        assert sum(drawn["toys"]) == len(product.toys[name])
