"""A database folder of SModelS 3.2: efficiency maps, counts, and the covariance of the background.

The formats are those read by `smodels.experiment` 3.2.1: `infoObj.Info` (globalInfo.txt,
dataInfo.txt), `txnameObj.TxName`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.analysis.models.smodels import Smodels, SmodelsParticle, SmodelsTopology
from wollemi.analysis.settings import Settings
from wollemi.base.json_files import render_json
from wollemi_likelihood.limit_floor import MEDIAN
from wollemi_publish.simplified.bins import Bin
from wollemi_publish.simplified.likelihood import SimplifiedLikelihood
from wollemi_publish.simplified.smodels_maps import Maps

LEVEL = 0.95  # of the limits in SModelS
COMBINATION = "signal_regions"
COVARIANCE = "covariance.json"
_PARTICLES = '''"""Particles of the constraints: those that SModelS knows, and new ones."""

from smodels.base.model import Model
from smodels.base.particle import Particle
from smodels.experiment.defaultFinalStates import finalStates as known

new = [
{particles}
]
finalStates = Model(SMparticles=known.SMparticles, BSMparticles=[*known.BSMparticles, *new], label="{name}")
'''  # noqa: E501


def database_files(
    smodels: Smodels,
    settings: Settings,
    maps: Maps,
    simplified: SimplifiedLikelihood,
    bins: Sequence[Bin],
) -> dict[str, str]:
    """Texts of the files of the database, by path.

    Each bin is a data set. Bins with hidden data are left out: SModelS needs observed counts.

    Args:
        smodels: Section on SModelS in the analysis.
        settings: Settings of the analysis.
        maps: Efficiency maps: topology → bin → efficiencies.
        simplified: Counts, background and covariance of these bins.
        bins: Bins of the simplified likelihood.
    """
    energy, luminosity = settings.center_of_mass_tev, settings.luminosity_ifb
    assert isinstance(energy, float | int)  # wollemi.loading.smodels checks both
    assert isinstance(luminosity, float | int)
    folder = f"{energy:g}TeV/{smodels.id.partition('-')[0]}/{smodels.id}-eff"
    seen = [place for place, one in enumerate(bins) if not one.blinded]
    names = [bins[place].name for place in seen]
    covariance = simplified.covariance[np.ix_(seen, seen)]
    files = {
        "version": f"{settings.name}\n",
        "databaseParticles.py": particles_module(smodels),
        f"{folder}/globalInfo.txt": _lines(
            global_info(smodels, settings.title, float(energy), float(luminosity), names)
        ),
    }
    if seen:
        files[f"{folder}/{COVARIANCE}"] = render_json(covariance.tolist())
    for place in seen:
        name = bins[place].name
        files[f"{folder}/{name}/dataInfo.txt"] = _lines(
            data_info(name, simplified, place, float(luminosity))
        )
        for topology, item in smodels.topologies.items():
            if name in maps[topology]:
                text = _lines(tx_name(topology, item, smodels.id, maps[topology][name]))
                files[f"{folder}/{name}/{topology}.txt"] = text
    return files


def _lines(fields: Mapping[str, Any]) -> str:
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def global_info(
    smodels: Smodels, title: str, energy_tev: float, luminosity_ifb: float, names: Sequence[str]
) -> dict[str, Any]:
    """The fields of globalInfo.txt.

    Args:
        smodels: Section on SModelS in the analysis.
        title: Title of the analysis.
        energy_tev: Center-of-mass energy in TeV.
        luminosity_ifb: Integrated luminosity in fb⁻¹.
        names: Names of the data sets that are combined with their covariance.
    """
    given = {key: getattr(smodels, key) for key in ("url", "arxiv", "publication", "contact")}
    models = {
        "regionMappings": {name: name for name in names},
        "regionSets": {COMBINATION: list(names)},
        "statModels": {COMBINATION: [("sl", COVARIANCE)]},
    }
    return {
        "id": smodels.id,
        "sqrts": f"{energy_tev!r}*TeV",
        "lumi": f"{luminosity_ifb!r}/fb",
        "prettyName": title,
        **{key: value for key, value in given.items() if value},
        **(models if names else {}),
    }


def data_info(
    name: str, simplified: SimplifiedLikelihood, place: int, luminosity_ifb: float
) -> dict[str, Any]:
    """The fields of dataInfo.txt; the limits refer to the cross section times the efficiency.

    Args:
        name: Name of the data set.
        simplified: Counts, background and covariance of all bins.
        place: Index of the bin.
        luminosity_ifb: Integrated luminosity in fb⁻¹.
    """
    alone = SimplifiedLikelihood(
        simplified.counts[[place]],
        simplified.background[[place]],
        simplified.covariance[[place]][:, [place]],
    )
    observed, expected = (events / luminosity_ifb for events in event_limits(alone))
    return {
        "dataId": name,
        "dataType": "efficiencyMap",
        "observedN": round(float(alone.counts[0])),
        "expectedBG": float(alone.background[0]),
        "bgError": math.sqrt(float(alone.covariance[0, 0])),
        "upperLimit": f"{observed:.6g}*fb",
        "expectedUpperLimit": f"{expected:.6g}*fb",
    }


def event_limits(alone: SimplifiedLikelihood) -> tuple[float, float]:
    """Upper limits on signal events of one bin: observed, and expected for counts equal to the
    background.

    No CLs limit is below -ln(1 - level) events, the limit of an experiment without background and
    observed events; this value replaces lower results of the asymptotic formulae.

    Args:
        alone: Likelihood of one bin.
    """
    fewest = -math.log(1 - LEVEL)
    signal = np.ones(1)
    # Far above any limit: ten standard deviations of the counts and of the background.
    highest = fewest + 10 * math.sqrt(
        float(alone.counts[0] + alone.background[0] + alone.covariance[0, 0])
    )
    highest += float(alone.counts[0])
    observed = alone.limit(signal, LEVEL, highest).observed
    expected = alone.limit_before_fit(signal, LEVEL, highest).expected[MEDIAN]
    return max(observed, fewest), max(expected, fewest)


def tx_name(
    name: str, topology: SmodelsTopology, source: str, efficiencies: Sequence[float]
) -> dict[str, Any]:
    """The fields of <TxName>.txt: the map has masses in GeV and efficiencies.

    Args:
        name: Name of the topology.
        topology: Section on the topology in the analysis.
        source: Author of the map.
        efficiencies: Efficiency of each signal, in the order of its masses.
    """
    points = [
        [list(map(float, masses)), float(efficiency)]
        for masses, efficiency in zip(topology.masses_gev.values(), efficiencies, strict=True)
    ]
    return {
        "txName": name,
        "constraint": topology.constraint,
        "condition": None,
        "conditionDescription": None,
        "source": source.partition("-")[0],
        "validated": "N/A",
        "axesMap": [dict(zip(range(len(topology.nodes)), "xyzw", strict=False))],
        "dataMap": "{"
        + ", ".join(f"{place}: ({node}, 'mass', GeV)" for place, node in enumerate(topology.nodes))
        + "}",
        "efficiencyMap": points,
    }


def particles_module(smodels: Smodels) -> str:
    """The module databaseParticles.py, where SModelS looks for the particles of constraints."""
    return _PARTICLES.format(particles="\n".join(_particles(smodels.particles)), name=smodels.id)


def _particles(particles: Mapping[str, SmodelsParticle]) -> Iterator[str]:
    for name, item in particles.items():
        yield (
            f'    Particle(label="{name}", isSM=False, eCharge={item.charge!r}, '
            f"colordim={item.color}, spin={item.spin!r}),"
        )
