"""pyhf workspaces for the tests of the statistics."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyhf
import uproot

from support.project.paths import SHARED_DATA

H4L_LUMINOSITY = {"11": 2330, "12": 11580}  # pb^-1
# sample, file, channels, then cross section (pb), scale factor and generated events in each year:
# data/h4l/README.md
H4L_SIMULATION = [
    ("ZZ", "ZZ4mu", ["4mu"], {"12": (0.077, 1.386, 1499064), "11": (0.067, 1.386, 1447136)}),
    ("ZZ", "ZZ4e", ["4e"], {"12": (0.077, 1.386, 1499093), "11": (0.067, 1.386, 1493308)}),
    ("ZZ", "ZZ2mu2e", ["2mu2e"], {"12": (0.18, 1.386, 1497445), "11": (0.15, 1.386, 1479879)}),
    ("H125", "HZZ", ["4mu", "4e", "2mu2e"], {"12": (0.0065, 1, 299973), "11": (0.0057, 1, 299683)}),
    (
        "tt",
        "TTBar",
        ["4mu", "4e", "2mu2e"],
        {"12": (200, 1, 6423106), "11": (177.31, 0.11, 9771205)},
    ),
    (
        "DY",
        "DY50TuneZ",
        ["4mu", "4e", "2mu2e"],
        {"12": (2955, 1.12, 29426492), "11": (2475, 1.12, 36408225)},
    ),
    (
        "DY",
        "DY10",
        ["4mu", "4e", "2mu2e"],
        {"12": (10.742, 1.12, 6462290), "11": (9507, 1.12, 39909640)},
    ),
]
H4L_DATA = [("DoubleMu", ["4mu", "2mu2e"]), ("DoubleE", ["4e"])]
H4L_NORMALIZATION = {"ZZ": ("zz_norm", 0.1), "DY": ("dy_norm", 0.3), "tt": ("tt_norm", 0.3)}


def workspace(
    channels: Sequence[dict], observations: Sequence[dict], parameters: Sequence[dict] = ()
) -> dict[str, Any]:
    """Put a workspace together, with mu as the parameter of interest."""
    return {
        "channels": list(channels),
        "observations": list(observations),
        "measurements": [
            {"name": "measurement", "config": {"poi": "mu", "parameters": list(parameters)}}
        ],
        "version": "1.0.0",
    }


def sample(name: str, nominal: np.ndarray, *modifiers: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "data": [float(value) for value in nominal], "modifiers": list(modifiers)}


def modifier(kind: str, name: str, data: Any = None) -> dict[str, Any]:
    return {"name": name, "type": kind, "data": data}


def normsys(name: str, up: float, down: float) -> dict[str, Any]:
    return modifier("normsys", name, {"hi": up, "lo": down})


def histosys(
    name: str, nominal: np.ndarray, up: Sequence[float], down: Sequence[float]
) -> dict[str, Any]:
    """A shape uncertainty by its relative changes in each bin."""
    return modifier(
        "histosys",
        name,
        {
            "hi_data": (nominal * (1 + np.array(up))).tolist(),
            "lo_data": (nominal * (1 + np.array(down))).tolist(),
        },
    )


def staterror(name: str, nominal: np.ndarray, relative: float = 0.1) -> dict[str, Any]:
    return modifier("staterror", name, (relative * nominal).tolist())


def everything(seed: int) -> dict[str, Any]:
    """Two channels with every modifier type, shared names, empty bins and settings of the
    measurement.
    """
    random = np.random.default_rng(seed)
    channels = [_signal_region(random), _control_region(random)]
    parameters = [
        {"name": "mu", "inits": [1.2], "bounds": [[0.0, 5.0]]},
        {
            "name": "lumi",
            "inits": [1.0],
            "bounds": [[0.5, 1.5]],
            "auxdata": [1.01],
            "sigmas": [0.02],
        },
        {"name": "shape", "auxdata": [0.3]},
        {"name": "held", "inits": [0.4], "fixed": True},
    ]
    observations = [
        {"name": channel["name"], "data": _observed(random, channel)} for channel in channels
    ]
    # a bin of signal only, a bin of fakes only
    observations[0]["data"][0] = observations[0]["data"][-1] = 0.0
    return workspace(channels, observations, parameters)


def _signal_region(random: np.random.Generator) -> dict[str, Any]:
    signal, top, fakes = random.uniform(2, 9, 5), random.uniform(20, 60, 5), random.uniform(1, 8, 5)
    top[0] = fakes[0] = signal[4] = top[4] = fakes[3] = 0.0
    up, down = random.uniform(-0.2, 0.3, 5), random.uniform(-0.3, 0.2, 5)
    lumi, k_top = modifier("lumi", "lumi"), modifier("normfactor", "k_top")
    return {
        "name": "SR",
        "samples": [
            sample(
                "top",
                top,
                lumi,
                k_top,
                normsys("norm", 1.15, 0.9),
                histosys("norm", top, up, down),
                staterror("stat_SR", top),
            ),
            sample(
                "signal",
                signal,
                modifier("normfactor", "mu"),
                lumi,
                normsys("norm", 1.05, 0.97),
                normsys("held", 1.1, 0.9),
            ),
            sample(
                "fakes",
                fakes,
                modifier("shapesys", "fakes", [0.5, 1.0, 0.0, 0.4, 1.0]),
                histosys("shape", fakes, down, up),
                staterror("stat_SR", fakes),
            ),
        ],
    }


def _control_region(random: np.random.Generator) -> dict[str, Any]:
    top, other = random.uniform(50, 150, 3), random.uniform(10, 30, 3)
    shape = histosys("shape", top, random.uniform(0.0, 0.1, 3), random.uniform(-0.1, 0.0, 3))
    top_modifiers = [
        modifier("lumi", "lumi"),
        modifier("normfactor", "k_top"),
        normsys("norm", 1.02, 0.99),
        shape,
    ]
    return {
        "name": "CR",
        "samples": [
            sample("top", top, *top_modifiers),
            sample("other", other, modifier("shapefactor", "free")),
        ],
    }


def _observed(random: np.random.Generator, channel: dict[str, Any]) -> list[float]:
    total = np.sum([item["data"] for item in channel["samples"]], axis=0)
    return random.poisson(total).astype(float).tolist()


def search(seed: int, bins: int = 6, scale: float = 20.0) -> dict[str, Any]:
    """A signal on a falling background in one channel, whose normalization comes from another; data
    include the signal.
    """
    random = np.random.default_rng(seed)
    place = np.linspace(0, 1, bins)
    signal = 0.4 * scale * np.exp(-0.5 * ((place - 0.6) / 0.15) ** 2)
    background, control = scale * np.exp(-1.5 * place), np.array([10.0 * scale])
    tilt = 0.1 * (place - 0.5)
    shape = histosys("shape", background, tilt, -0.8 * tilt)
    k = modifier("normfactor", "k")
    regions = [
        sample(
            "signal",
            signal,
            modifier("normfactor", "mu"),
            normsys("lumi", 1.03, 0.97),
            staterror("stat_SR", signal),
        ),
        sample(
            "background",
            background,
            k,
            shape,
            normsys("extrapolation", 1.1, 0.92),
            staterror("stat_SR", background),
        ),
    ]
    channels = [
        {"name": "SR", "samples": regions},
        {"name": "CR", "samples": [sample("background", control, k, normsys("lumi", 1.03, 0.97))]},
    ]
    observations = [
        {"name": channel["name"], "data": _observed(random, channel)} for channel in channels
    ]
    return workspace(channels, observations)


def counting(
    observed: float, signal: float, background: float, *modifiers: dict[str, Any]
) -> dict[str, Any]:
    """One bin; without modifiers of the signal, everything about it is known in closed form."""
    samples = [
        sample("signal", np.array([signal]), modifier("normfactor", "mu"), *modifiers),
        sample("background", np.array([background])),
    ]
    return workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [observed]}])


def hzz4l() -> dict[str, Any]:
    """Higgs to four leptons in CMS open data: one region of 37 bins; needs the shared data."""
    nominal: dict[str, np.ndarray] = {}
    variance: dict[str, np.ndarray] = {}
    for name, file, channels, years in H4L_SIMULATION:
        for year, (cross_section, scale_factor, generated) in years.items():
            weight = H4L_LUMINOSITY[year] * cross_section * scale_factor / generated
            values, variances = _h4l_histogram(file + year, channels)
            nominal[name] = nominal.get(name, 0) + weight * values
            variance[name] = variance.get(name, 0) + weight**2 * variances
    observed = sum(
        _h4l_histogram(file + year, channels)[0]
        for file, channels in H4L_DATA
        for year in H4L_LUMINOSITY
    )
    samples = []
    for name, values in nominal.items():
        modifiers = [
            normsys("lumi", 1.03, 0.97),
            modifier("staterror", "stat", np.sqrt(variance[name]).tolist()),
        ]
        if name in H4L_NORMALIZATION:
            systematic, size = H4L_NORMALIZATION[name]
            modifiers.append(normsys(systematic, 1 + size, 1 - size))
        else:
            modifiers.append(modifier("normfactor", "mu"))
        samples.append(sample(name, values, *modifiers))
    channel = {"name": "four_leptons", "samples": samples}
    observation = {"name": "four_leptons", "data": observed.tolist()}
    return workspace([channel], [observation], [{"name": "mu", "bounds": [[0.0, 10.0]]}])


def _h4l_histogram(file: str, channels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    with uproot.open(SHARED_DATA / "h4l" / "hists_record5500" / f"{file}.root") as content:
        found = [content[f"demo/mass{channel}_8TeV_low"] for channel in channels]
        return sum(h.values() for h in found), sum(h.variances() for h in found)


def pyhf_model(content: dict[str, Any]) -> tuple[pyhf.Model, list[float]]:
    """The same model and data in pyhf, the independent reference."""
    specification = pyhf.Workspace(content)
    model = specification.model()
    return model, specification.data(model)
