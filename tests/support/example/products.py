"""Products of the example analysis with numbers that a test can work out by hand."""

import copy
import dataclasses
import json
import math
from pathlib import Path

import numpy as np

from support.example.analysis import AXIS, DOCUMENT
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums, write_histograms
from wollemi.loading.load import validate_analysis
from wollemi.pages.summary import Statistics
from wollemi.plan.registry import PRODUCTS
from wollemi.results.fit import Fits, FittedParameter
from wollemi.results.models import model_of

PLOTS = {
    "experiment": "Wollemi",
    "samples": {
        "top": {"label": "$t\\bar{t}$", "color": "#b9ac70"},
        "dy": {"label": "Z"},
        "signal": {"label": "S"},
    },
    "regions": {"sr": "signal region"},
    "show_signals": ["signal"],
    "log_y": ["sr"],
    "limit_x": {"label": "mass [TeV]"},
}
SCANS = {"strength": {"parameters": "mu"}, "plane": {"parameters": ["mu", "lumi"]}}
EXAMPLE = DOCUMENT | {"plots": PLOTS, "limits": {}, "scans": SCANS, "goodness": {}}
EXAMPLE |= {"uncertainties": {}, "extrapolation": {"luminosities_ifb": [10.0]}}
EXAMPLE |= {"region_limits": {}}
EVENTS = {
    "data": [0, 4, 20],
    "signal": [1, 2, 3],
    "dy_low": [2, 3, 8],
    "dy_high": [1, 1, 1],
    "top": [0.5, 0.5, 4],
}
LINES = {"cut": "all events", "events": 100, "sum_of_weights": 50.0, "sum_of_weights_squared": 25.0}
STATUS = {
    "converged": True,
    "method": "newton",
    "iterations": 5,
    "estimated_distance": 1e-9,
    "message": "converged",
    "at_bounds": [],
    "undetermined": [],
}


def settings(sections, document=EXAMPLE):
    """The declared sections of the example."""
    return Settings(validate_analysis(document, "example"), sections)


def histograms(**metadata):
    """Dataset → name → histogram; variances are a quarter of the events."""
    found = {}
    for dataset, bins in EVENTS.items():
        values = np.array([0, *bins, 0], np.float64)
        variances = values if dataset == "data" else values / 4
        item = from_sums(AXIS, values, variances, {"dataset": dataset, "preview": False} | metadata)
        found[dataset] = {f"{region}/mass/nominal": item for region in DOCUMENT["regions"]}
    return found


def parameter(name, value, error, constraint="normal", prefit=0.0, prefit_error=1.0, **more):
    """A parameter of a fit."""
    errors = {"error_up": None, "error_down": None, "fixed": False}
    known = {
        "name": name,
        "value": value,
        "error": error,
        "constraint": constraint,
        "prefit": prefit,
    }
    return known | {"prefit_error": prefit_error} | errors | more


def fitted(*arguments, **more):
    """The same as it is read."""
    return FittedParameter.model_validate(parameter(*arguments, **more))


def parameters():
    """Parameter of interest, a free and a constrained one, and a factor of a bin."""
    return [
        parameter("mu", 0.5, 0.25, "none", 1.0, None, error_up=0.3, error_down=0.2),
        parameter("norm_dy", 1.1, 0.1, "none", 1.0, None),
        parameter("lumi", -0.5, 0.9),
        parameter("staterror_sr[0]", 1.02, 0.05, "normal", 1.0, 0.1),
    ]


def region_yields(factor):
    """Yields of a region: the histograms of the samples times a factor."""
    dy = (np.add(EVENTS["dy_low"], EVENTS["dy_high"]) * factor).tolist()
    samples = {"dy": dy, "top": list(EVENTS["top"]), "signal": list(EVENTS["signal"])}
    total = np.sum(list(samples.values()), axis=0)
    return {
        "samples": samples,
        "sample_uncertainties": {name: [0.5, 0.5, 0.5] for name in samples},
        "total": total.tolist(),
        "uncertainty": [1.0, 1.5, 2.0],
        "sum": float(total.sum()),
        "sum_uncertainty": 3.0,
        "sample_sums": {name: float(sum(bins)) for name, bins in samples.items()},
        "sample_sum_uncertainties": dict.fromkeys(samples, 1.0),
    }


def fit(measurement="example"):
    """`fit.json`."""
    regions = ("sr", "cr")
    covariance = np.diag([0.0625, 0.01, 0.81, 0.0025])
    covariance[0, 1] = covariance[1, 0] = -0.5 * 0.25 * 0.1
    one = {
        "poi": "mu",
        "minus_two_log_likelihood": 12.5,
        "deviance": 11.0,
        "status": STATUS,
        "parameters": parameters(),
        "covariance": covariance.tolist(),
        "yields": {
            "prefit": {region: region_yields(1.0) for region in regions},
            "postfit": {region: region_yields(1.1) for region in regions},
        },
        "observed": {region: list(map(float, EVENTS["data"])) for region in regions},
    }
    return {
        "measurement": measurement,
        "fits": {"signal": one, "background_only": copy.deepcopy(one)},
    }


def predictions(measurement="example"):
    """`predictions.json`: the validation region, in which a parameter is not of the fit."""
    found = {
        "observed": list(map(float, EVENTS["data"])),
        "prefit": region_yields(1.0),
        "postfit": region_yields(1.1),
        "left_out": [],
        "not_fitted": ["shower"],
    }
    return {"measurement": measurement, "fit": "signal", "regions": {"vr": {"mass": found}}}


def main_fit():
    """The fit of the example's signal, as it is read."""
    return Fits.parse("fit.json", fit()).fits["signal"]


def limit(point=None, observed=1.5, cross_section_pb=None):
    """Limit on one signal: the expected ones are 0.5, 0.7, 1, 1.4, 2."""
    expected = [0.5, 0.7, 1.0, 1.4, 2.0]
    poi = np.linspace(0, 3, 7)
    curve = {
        "poi": poi.tolist(),
        "observed": np.exp(-2 * poi).tolist(),
        "expected": [[float(np.exp(-3 * mu / e)) for e in expected] for mu in poi],
    }
    scaled = (
        (None, None)
        if cross_section_pb is None
        else (observed * cross_section_pb, [e * cross_section_pb for e in expected])
    )
    return {
        "point": point,
        "observed": observed,
        "signal_events": 10.0,
        "asymptotic_too_low": {"observed": False, "expected": False},
        "expected": expected,
        "curve": curve,
        "cross_section_pb": cross_section_pb,
        "observed_pb": scaled[0],
        "expected_pb": scaled[1],
    }


def limits(measurement="example", exclusion=(None, None), **found):
    """`limits.json`; without any named limit, that of the example's signal."""
    places = dict(zip(("observed", "expected"), exclusion, strict=True))
    head = {
        "measurement": measurement,
        "level": 0.95,
        "test_statistic": "qtilde",
        "method": "asymptotic",
    }
    return head | {"limits": found or {"signal": limit()}, "exclusion": places}


def significances(measurement="example"):
    """`significances.json`."""
    numbers = {
        "observed": 2.126,
        "observed_p_value": 0.017,
        "expected": 3.9,
        "expected_p_value": 5e-5,
    }
    return {"measurement": measurement, "significances": {"signal": numbers}}


def model_check(measurement="example"):
    """`model_check.json`."""
    points = [{"minus_two_log_likelihood": 61.5, "pyhf": 61.50000000000001}] * 5
    return {
        "measurement": measurement,
        "pyhf": "0.7.6",
        "relative_tolerance": 1e-9,
        "checks": {"signal": points},
    }


def lint(measurement="example"):
    """`lint.json`: a jump that is accepted, and a systematic without an effect."""
    jump = {
        "flaw": "discontinuous",
        "level": "warning",
        "region": "sr",
        "sample": "dy",
        "systematic": "scale",
        "side": "up",
        "bins": [[1.0, 2.0]],
        "unit": "GeV",
        "problem": "its ratio to the nominal template jumps by up to 12.0%",
        "number": 0.12,
        "threshold": 0.05,
        "remedy": "look at the ratio of these bins",
        "reason": "the edge of a trigger",
    }
    dead = {
        "flaw": "no_effect",
        "level": "warning",
        "sample": "top",
        "systematic": "shower",
        "problem": "the varied template is the nominal one",
        "number": 0.0,
        "threshold": 1e-3,
        "remedy": "check that it acts on these events",
    }
    place = {"region": "sr", "sample": "dy", "systematic": "scale"}
    ratios = {"up": [1.1, None, 0.9], "down": [0.9, None, 1.1]}
    smooth = place | {
        "smoothing": "lowess",
        "symmetrization": "two_sided",
        "norm": [0.02, -0.02],
        "shape": 0.1,
        "kept": ["shape"],
        "edges": [0.0, 1.0, 2.0, 4.0],
        "filled": ratios,
        "entering": ratios | {"up": [1.05, None, 0.95]},
    }
    head = {"measurement": measurement, "fail": "error", "templates": 6, "variations": 9}
    tail = {"findings": [jump, dead], "unused": [], "decisions": [smooth]}
    return head | {"left_out": {}} | tail


def ranking(measurement="example"):
    """`ranking.json`: of a constrained parameter, and of a free one, which has no error before the
    fit.
    """
    rows = [
        {"name": "norm_dy", "up": -0.12, "down": 0.11, "prefit_up": None, "prefit_down": None},
        {"name": "lumi", "up": -0.05, "down": 0.06, "prefit_up": -0.055, "prefit_down": 0.066},
    ]
    return {"measurement": measurement, "rankings": {"signal": {"poi": "mu", "parameters": rows}}}


def scans(measurement="example", blinded=False):
    """`scans.json` of two known Gaussians: mu = 0.5 ± 0.25 and lumi = -0.5 ± 1, for Asimov data
    mu = 1 ± 0.25. One point of the plane has no fit.
    """
    mu, lumi = np.linspace(-0.5, 2.0, 11), np.linspace(-4.5, 3.5, 9)

    def curve(estimate):
        rise = ((mu - estimate) / 0.25) ** 2
        ends = {
            name: {"lower": estimate - size, "upper": estimate + size}
            for name, size in (("one_sigma", 0.25), ("two_sigma", 0.5))
        }
        return {"estimates": [estimate], "rise": rise.tolist(), **ends}

    def plane(estimate):
        rise = ((mu - estimate) / 0.25)[:, None] ** 2 + (lumi + 0.5) ** 2
        empty = {"one_sigma": None, "two_sigma": None}
        return {"estimates": [estimate, -0.5], "rise": rise.ravel().tolist(), **empty}

    strength = {"parameters": ["mu"], "values": [mu.tolist()], "expected": curve(1.0)}
    both = {"parameters": ["mu", "lumi"], "values": [mu.tolist(), lumi.tolist()]}
    both["expected"] = plane(1.0)
    both["expected"]["rise"][0] = None
    strength["observed"], both["observed"] = (None, None) if blinded else (curve(0.5), plane(0.5))
    return {"measurement": measurement, "scans": {"signal": {"strength": strength, "plane": both}}}


def goodness(measurement="example", **changes):
    """`goodness.json`: of 20 toys, one has a larger distance and none a larger deviance."""
    tests = {
        "saturated": {"observed": 11.0, "p_value": 0.0, "p_value_error": 0.05},
        "kolmogorov_smirnov": {"observed": 0.4, "p_value": 0.05, "p_value_error": 0.0487},
        "anderson_darling": {"observed": 0.7, "p_value": 0.5, "p_value_error": 0.112},
    }
    toys = {name: np.linspace(0.1, 1, 20).tolist() for name in tests}
    asymptotic = {
        "p_value": 0.0117,
        "degrees_of_freedom": 3,
        "fewest_expected": 3.7,
        "bins_below_five": 2,
    }
    head = {"measurement": measurement, "fit": "signal", "seed": 1, "failed": 1}
    return head | {"tests": tests, "asymptotic": asymptotic, "toys": toys} | changes


def intervals(measurement="example", blinded=False):
    """`intervals.json` of a Gaussian, mu = 0.5 ± 0.25 at a bound of 0; Asimov data: mu = 1."""
    values = [0.0, 0.4, 0.8, 1.2, 1.6, 2.0]

    def share(value, estimate):
        rise = ((value - estimate) / 0.25) ** 2
        p_value = math.erfc(math.sqrt(rise / 2))
        return {"statistic": rise, "p_value": p_value, "p_value_error": 0.01}

    def ends(lower, upper):
        errors = {"lower_error": 0.02 if lower else None, "upper_error": 0.03}
        asymptotic = {"lower": lower or None, "upper": upper}
        return {"lower": lower, "upper": upper, **errors, "asymptotic": asymptotic}

    def outcome(estimate, low):
        wide = {"68": ends(estimate - 0.25, estimate + 0.25), "95": ends(low, estimate + 0.49)}
        return {"estimate": estimate, "intervals": wide}

    points = [
        {
            "value": value,
            "observed": None if blinded else share(value, 0.5),
            "expected": share(value, 1.0),
            "critical": {"68": 1.1, "95": 3.7},
            "critical_errors": {"68": 0.05, "95": 0.2},
            "failed": 0,
        }
        for value in values
    ]
    belt = {
        "bounds": [0.0, 10.0],
        "observed": None if blinded else outcome(0.5, 0.0),
        "expected": outcome(1.0, 0.51),
        "points": points,
    }
    left_out = {"signal": {"lumi": "parameter lumi: the model fixes it"}}
    head = {"measurement": measurement, "seed": 1, "toys": 1000, "left_out": left_out}
    return head | {"intervals": {"signal": {"mu": belt}}}


def toy_fits(measurement="example"):
    """`toy_fits.json`: of an unbiased estimate, at two true values."""
    pulls = [-1.5, -0.5, 0.0, 0.5, 1.5]

    def measured(value, error=0.1):
        return {"value": value, "error": error}

    def summary(injected):
        return {
            "injected": injected,
            "mean": measured(injected),
            "bias": measured(0.0),
            "pull_mean": measured(0.0),
            "pull_width": measured(1.118),
            "coverage": {"68": measured(0.6), "95": measured(1.0)},
            "at_bound": 0,
            "toys": len(pulls),
            "failed": 1,
        }

    def fits(injected):
        return {
            "injected": injected,
            "estimates": [injected + 0.2 * pull for pull in pulls],
            "errors": [0.2] * len(pulls),
            "rises": [pull**2 for pull in pulls],
            "failed": 1,
        }

    study = {
        "poi": "mu",
        "summaries": [summary(0.0), summary(1.0)],
        "line": {"slope": measured(1.0), "intercept": measured(0.0)},
        "fits": [fits(0.0), fits(1.0)],
    }
    return {"measurement": measurement, "seed": 1, "studies": {"signal": study}}


def contribution(size, *parameters, down=None, shifted=True):
    """A source of this size by both methods; another size downward if one is given."""
    sides = {"frozen": size, "frozen_down": down or size, "frozen_up": size}
    return {"parameters": list(parameters), "shifted": size if shifted else None, **sides}


def uncertainties(measurement="example", **changes):
    """`uncertainties.json`: mu = 0.5 ± 0.25, of which 0.2 are statistics of the data."""
    found = {
        "poi": "mu",
        "estimate": 0.5,
        "error": 0.25,
        "error_down": 0.24,
        "error_up": 0.26,
        "asimov_strength": None,
        "data": contribution(0.2, "norm_dy"),
        "systematics": contribution(0.15, "lumi", "staterror_sr"),
        "mc_statistics": contribution(0.09, "staterror_sr"),
        "normalizations": contribution(0.08, "norm_dy", shifted=False),
        "groups": {"lumi": contribution(0.12, "lumi", down=0.11)},
    }
    return {"measurement": measurement, "uncertainties": {"signal": found | changes}}


def expected_point(luminosity, median, significance, *low, events=30.0):
    """One luminosity of `extrapolation.json`: a band of factors around the median limit."""
    found = {
        "luminosity_ifb": luminosity,
        "signal_events": events * luminosity,
        "expected": [factor * median for factor in (0.5, 0.7, 1.0, 1.4, 2.0)],
        "significance": significance,
    }
    return found | ({"below_floor": list(low)} if low else {})


def extrapolation(measurement="example", **signals):
    """`extrapolation.json`: one signal at 1 and 10 fb⁻¹ in two scenarios, or others."""
    scenarios = {
        "constant": [expected_point(1.0, 0.8, 2.4, "expected"), expected_point(10.0, 0.3, 5.5)],
        "halved": [expected_point(1.0, 0.7, 2.6), expected_point(10.0, 0.2, 7.5)],
    }
    rules = [
        {"name": name, "systematics": name, "groups": {}, "floor": 0, "mc_statistics": "constant"}
        for name in scenarios
    ]
    one = {"point": None, "cross_section_pb": None, "scenarios": scenarios}
    return {
        "measurement": measurement,
        "level": 0.95,
        "luminosity_ifb": 1.0,
        "rules": rules,
        "signals": signals or {"signal": one},
        "exclusion": {},
    }


def region_limits(measurement="example", **changes):
    """`region_limits.json`: HistFitter's numbers of one region, or others."""
    found = {
        "observed_events": 10.0,
        "background": 7.1,
        "background_error": 1.2,
        "observed": 7.5,
        "expected": [2.9, 3.8, 5.6, 8.6, 12.0],
        "observed_fb": 0.75,
        "expected_fb": [0.29, 0.38, 0.56, 0.86, 1.2],
        "clb": 0.75,
        "p0": 0.21,
        "significance": 0.81,
    }
    head = {"measurement": measurement, "level": 0.95, "luminosity_ifb": 10.0}
    return head | {"control_regions": ["cr"], "regions": {"sr": found | changes}}


def discovery(measurement="example", **changes):
    """`discovery.json`: an excess of 2σ at the second of two signals."""
    signals = {
        "signal": {"point": 1.0, "q0": 0.0, "p_value": 0.5, "significance": 0.0, "expected": 3.0},
        "heavy": {"point": 2.0, "q0": 4.0, "p_value": 0.0228, "significance": 2.0, "expected": 1.5},
    }
    found = {"p_value": 0.0456, "p_value_error": 0.0066, "significance": 1.69}
    return {
        "measurement": measurement,
        "signals": signals,
        "largest": "heavy",
        "global_p_values": dict.fromkeys(
            ("toys", "gross_vitells", "gross_vitells_observed"), found
        ),
        "upcrossings": {"level": 0.5, "observed": 1, "mean": 0.2, "mean_error": 0.01},
        "toys": [0.1, 4.4, 2.0],
        "seed": 1,
        "failed": 0,
    } | changes


def closure(observed=(1.0, 1.3)):
    """`closure.json` of two signals, the heavier one first."""
    found = {}
    for name, point, seen in (("heavy", 3.0, observed[1]), ("signal", 2.0, observed[0])):
        full = {"observed": None if seen is None else 2.0, "expected": [0.5, 0.7, 1.0, 1.4, 2.0]}
        simplified = {
            "observed": None if seen is None else 2.0 * seen,
            "expected": [0.4, 0.6, 0.9, 1.3, 1.9],
        }
        found[name] = {
            "point": point,
            "full": full,
            "simplified": simplified,
            "ratio": {"observed": seen, "expected": 0.9},
        }
    return {"signals": found, "level": 0.95, "summary": {"tolerance": 0.1, "closes": False}}


def products(measurement="example"):
    """Products that plots and summary read, as far as they are made here: name → content."""
    names = (*(item.name for item in PRODUCTS), "lint")
    return {name: globals()[name](measurement) for name in names if name in globals()}


def statistics(**contents):
    """What the statistics of the example have made, as it is read.

    Args:
        contents: plain values by the names of `Statistics`, where they are others; None: not made.
    """
    fields = {field.name for field in dataclasses.fields(Statistics)}
    made = {
        name: content
        for name, content in (products() | contents).items()
        if name in fields and content is not None
    }
    return Statistics(
        **{name: model_of(f"{name}.json").parse(name, item) for name, item in made.items()}
    )


def cutflow(dataset, preview=False):
    """`cutflow/{dataset}.json`: 100 events of weight 0.5, half of which pass the selection; of the
    data, 24 of weight 1.
    """
    data = dataset == "data"
    weight = 1.0 if data else 0.5
    passed = 24 if data else 50
    kept = {
        "events": passed,
        "sum_of_weights": passed * weight,
        "sum_of_weights_squared": passed * weight**2,
    }
    return {
        "dataset": dataset,
        "preview": preview,
        "files": [{"path": "x.root", "start": 0, "stop": None, "events": 100}],
        "skim": [LINES],
        "regions": {region: [{"cut": "m > 1"} | kept] for region in DOCUMENT["regions"]},
        "account": {
            "entries": 100,
            "unselected": {
                "not read, in a preview": 0,
                "rejected by the skim": 0,
                "in no region": 100 - passed,
            },
            "selected": {"sr": passed - 30, "sr + cr": 30},
        },
        "sum_of_weights": 50.0,
        "normalization": 1.0 if data else 0.2,
    }


def write_products(folder: Path, marked: bool = False) -> None:
    """Write the analysis file and every product that plots and summary read.

    Args:
        folder: an empty one.
        marked: whether the products are those of a preview with pseudo-data.
    """
    measurement = "example [pseudo-data] [PREVIEW]" if marked else "example"
    document = copy.deepcopy(EXAMPLE)
    if marked:
        document["datasets"]["data"] = {"draw": {"datasets": ["source"], "seed": 1}}
    (folder / "analysis.yaml").write_text(json.dumps(document), encoding="utf-8")
    for name, content in products(measurement).items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    for kind in ("histograms", "cutflow"):
        (folder / kind).mkdir()
    for dataset, items in histograms(preview=marked, pseudo_data=marked).items():
        write_histograms(folder / f"histograms/{dataset}.json", items)
        (folder / f"cutflow/{dataset}.json").write_text(
            json.dumps(cutflow(dataset, marked)), encoding="utf-8"
        )
