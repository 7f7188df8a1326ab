"""A stand-in for `runTop_el.py` of TopCPToolkit: files of NanoAOD in, a file of its layout out.

NOT TopCPToolkit: nothing is calibrated or selected, and lists have counters in the place of
`std::vector`. Options and layout are those of its documentation, docs/starting/running_local.md.
"""

import argparse
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

MEV = 1000
MUON = ("pt", "eta", "phi", "mass", "charge")


def muon_columns(events: ak.Array) -> dict[str, ak.Array]:
    """Branches of the muons, in MeV."""
    pt, eta, phi, mass, charge = (events[f"Muon_{name}"] for name in MUON)
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    return {
        "mu_pt_NOSYS": pt * MEV,
        "mu_eta": eta,
        "mu_phi": phi,
        "mu_e_NOSYS": energy * MEV,
        "mu_charge": charge,
    }


def main() -> None:
    """Read the listed files, and write all that TopCPToolkit leaves behind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-i", dest="listed", type=Path, required=True)
    parser.add_argument("-o", dest="output", required=True)
    parser.add_argument("-t", dest="configuration", type=Path, required=True)
    given = parser.parse_args()
    if not (given.configuration / "reco.yaml").is_file():
        raise SystemExit(f"{given.configuration}: there is no reco.yaml")
    files = [f"{path}:Events" for path in given.listed.read_text().split()]
    events = uproot.concatenate(files, [*(f"Muon_{name}" for name in MUON), "genWeight"])
    weights = ak.to_numpy(events.genWeight).astype(np.float32)
    columns = muon_columns(events) | {
        "weight_mc_NOSYS": weights,
        "eventNumber": np.arange(len(events), dtype=np.uint64),
        "mcChannelNumber": np.full(len(events), 601230, np.uint32),
    }
    sums = np.array([len(events), weights.sum(), (weights**2).sum()])
    with uproot.recreate(f"{given.output}.root") as file:
        file["reco"] = columns
        file["CutBookkeeper_601230_410000_NOSYS"] = sums, np.arange(4.0)
    Path(given.output).mkdir()
    Path(given.output, f"hist-{given.output}.root").touch()


if __name__ == "__main__":
    main()
