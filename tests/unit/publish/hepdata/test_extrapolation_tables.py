"""The table of limits at other luminosities."""

from types import SimpleNamespace

from wollemi.results.extrapolation import ExpectedPoint, ScenarioRules, SignalExtrapolation
from wollemi_publish.hepdata.extrapolation_tables import extrapolation_table


def test_limits_that_are_not_quoted_are_named():
    """The column is there only if a limit is not quoted."""
    points = [
        ExpectedPoint(
            luminosity_ifb=luminosity,
            signal_events=4.0,
            expected=(1.0, 2.0, 3.0, 4.0, 5.0),
            significance=1.0,
            below_floor=below,
        )
        for luminosity, below in ((300.0, ("minus_2sigma", "median")), (3000.0, ()))
    ]
    rules = ScenarioRules(
        name="run2", systematics="constant", groups={}, floor=0.0, mc_statistics="constant"
    )

    def columns(points):
        found = SignalExtrapolation(
            point=None, cross_section_pb=None, scenarios={"run2": tuple(points)}
        )
        content = SimpleNamespace(rules=[rules], signals={"zp": found}, level=0.95)
        return {c.name: c.values for c in extrapolation_table(content, ["zp"], [], "mu").dependent}

    name = "No limits: below 3.0 signal events"
    assert columns(points)[name] == ["minus 2sigma, median", "-"]
    assert name not in columns(points[1:])
