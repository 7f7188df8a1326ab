"""The list of products has every model of a product, in a fixed order."""

from wollemi.results.models import ORDER, PRODUCTS


def test_the_order_names_products():
    """Archives and the downloads of a site list the products in this order."""
    assert [item.place for item in PRODUCTS][: len(ORDER)] == [*ORDER]
