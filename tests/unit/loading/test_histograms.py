"""Entries that are missing in datasets of histograms, over regions, variables, roles and
systematics: against a loop over what each sample needs.
"""

import re

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.plain.histogram_variations import expand_histograms
from wollemi.analysis.view import view_of
from wollemi.loading.histograms import check_histograms

REGIONS = {"sr": "signal", "cr": "control", "vr": "validation"}
ROLES = {"data": "data", "top": "background", "dy": "background", "signal": "signal"}


def some(rng, names, least=0):
    return [str(one) for one in names if rng.random() < 0.7] or [str(names[0])] * least


def some_document(rng):
    """Two datasets a sample, of histograms or of events, with some entries missing; a systematic
    that replaces one sample.
    """
    regions = {
        name: {"role": role, "variable": "m", "monitor": some(rng, ["pt"])}
        for name, role in REGIONS.items()
    }
    datasets, samples = {}, {}
    for name, role in ROLES.items():
        own = [f"{name}_1", f"{name}_2"]
        of_events = rng.random() < 0.3
        for dataset in own:
            given = {region: f"{region}/{dataset}" for region in some(rng, list(REGIONS))}
            way = rng.choice([given, {}, "{region}/{dataset}"], p=[0.6, 0.1, 0.3])
            datasets[dataset] = {"files": ["x.root"]} | ({} if of_events else {"histograms": way})
        samples[name] = {"role": role, "datasets": own}
        if rng.random() < 0.3 and not of_events and role != "data":
            samples[name]["regions"] = some(rng, list(REGIONS), least=1)
    sample = str(rng.choice(["top", "signal"]))
    given = {region: region for region in some(rng, list(REGIONS))}
    datasets["other"] = {"files": ["y.root"], "histograms": given}
    systematic = {"kind": "dataset", "up": ["other"], "down": "symmetrize", "samples": [sample]}
    if rng.random() < 0.5:
        systematic["regions"] = some(rng, list(REGIONS), least=1)
    document = {"datasets": datasets, "samples": samples, "regions": regions, "model": {}}
    return document | {"systematics": {"generator": systematic}}


def lost(document):
    """Dataset and region, or region and variable, in which a part of a sample would be missing; and
    superfluous histograms.
    """
    fitted = [name for name, role in REGIONS.items() if role != "validation"]
    found = set()
    uses = [
        (dataset, name, sample.get("regions") or list(REGIONS), sample["role"], None)
        for name, sample in document["samples"].items()
        for dataset in sample["datasets"]
    ]
    item = document["systematics"]["generator"]
    replaced = document["samples"][item["samples"][0]]
    acting = item.get("regions") or list(REGIONS)
    uses.append(("other", "", replaced.get("regions") or list(REGIONS), replaced["role"], acting))
    for dataset, _, present, role, acts_in in uses:
        given = document["datasets"][dataset].get("histograms")
        if given is None:
            continue
        whole = isinstance(given, str)
        for region in REGIONS:
            entry = whole or region in given
            needed = region in present
            if role == "signal" or acts_in is not None:
                needed = needed and region in fitted
            if acts_in is not None:
                needed = needed and region in acts_in
            if needed and not entry:
                found.add((dataset, region))
            if entry and not whole and region not in present:
                found.add(("superfluous", dataset, region))
            monitored = region in present and document["regions"][region]["monitor"]
            if role == "background" and acts_in is None and monitored:
                found.add(("monitor", dataset, region))
    return found


def named(problems):
    found = set()
    for problem in problems:
        if match := re.match(
            r"datasets\.(\w+)\.histograms: .* the regions? ([\w, ]+?)(,? where|;)", problem
        ):
            found.update((match[1], region) for region in match[2].split(", "))
        elif match := re.match(r"datasets\.(\w+)\.histograms\.(\w+): ", problem):
            found.add(("superfluous", *match.groups()))
        else:
            match = re.match(r"regions\.(\w+)\.monitor: 'pt' .* in datasets\.(\w+),", problem)
            found.add(("monitor", match[2], match[1]))
    return found


@pytest.mark.parametrize("seed", slow_but(range(4), range(100)))
def test_whatever_is_missing_is_named(seed):
    document = some_document(np.random.default_rng(seed))
    assert named(check_histograms(view_of(expand_histograms(document)))) == lost(document)


def test_all_kinds_happen():
    found = [lost(some_document(np.random.default_rng(seed))) for seed in range(100)]
    kinds = {place[0] if len(place) == 3 else "missing" for places in found for place in places}
    assert kinds == {"missing", "superfluous", "monitor"}
    assert any(("other", "sr") in places for places in found)


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        ({"datasets": ["e"], "regions": ["sr"]}, "only for datasets with histograms ('e' is not"),
        ({"datasets": [], "regions": ["sr"]}, "only for datasets with histograms (has none)"),
        ({"datasets": ["h"], "regions": ["rs"]}, "'rs' is not a region; did you mean 'sr'?"),
        ({"datasets": ["h"], "regions": ["sr"], "role": "data"}, "need a histogram in each region"),
    ],
)
def test_regions_of_a_sample(sample, problem):
    datasets = {"e": {"files": ["e.root"]}, "h": {"files": ["h.root"], "histograms": {"sr": "h"}}}
    document = {
        "datasets": datasets,
        "samples": {"s": {"role": "background", **sample}},
        "regions": {"sr": {"role": "signal", "variable": "m"}},
    }
    problems = check_histograms(view_of(expand_histograms(document)))
    assert [text for text in problems if problem in text and text.startswith("samples.s.regions")]
