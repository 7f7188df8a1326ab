"""Names in expressions on the fields of one object."""

import pytest

from wollemi_engine.expressions.fields import event_names, looks_beyond, own_names
from wollemi_likelihood.expressions.syntax import ExpressionError


@pytest.mark.parametrize(
    ("text", "own", "of_event"),
    [
        ("pt * 2", {"pt"}, set()),
        ("first.charge + second.charge", {"first", "first.charge", "second", "second.charge"}, ()),
        ("pt * correction.jec(pt, event.rho)", {"pt"}, {"rho"}),
        ("event.event + event", {"event"}, {"event"}),
        ("self.pt", {"pt"}, ()),
        ("(self + event.jet[0]).mass", (), {"jet"}),
        ("delta_r(self, nearest(self, event.jet))", (), {"jet"}),
        ("nearest(self, event.jet).btag", (), {"jet", "jet.btag"}),
        ("max(event.pair.first.pt) - event.jet[0].pt", (), {"pair", "pair.first", "pair.first.pt", "jet", "jet.pt"}),  # noqa: E501
        ("where(event.ht > 5, self, event.jet[0]).eta", {"eta"}, {"ht", "jet", "jet.eta"}),
    ],
)  # fmt: skip
def test_names(text, own, of_event):
    assert own_names(text) == set(own)
    assert event_names(text) == set(of_event)
    assert looks_beyond(text) == (bool(of_event) or "self" in text.replace("self.pt", ""))


def test_an_expression_that_cannot_be_parsed():
    with pytest.raises(ExpressionError, match="not an expression"):
        event_names("event.rho +")
