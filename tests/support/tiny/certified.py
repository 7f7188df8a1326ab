"""The tiny analysis with certified luminosity blocks."""

import json
from pathlib import Path
from typing import Any

from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, run_step

GOLDEN = {"2012": [[1, 3], [6, 9], [40, 41]], "2013": [[1, 1]]}
RECORDED = {
    (2012, 1): 11.25,
    (2012, 2): 10.1,
    (2012, 4): 1000.0,
    (2012, 6): 0.3,
    (2012, 7): 7.7,
    (2013, 1): 9.9,
}
RECORDED |= {(2012, block): 12.34 for block in (3, 8, 9, 40, 41)}


def certify(folder: Path) -> Path:
    """Let the analysis file of a working folder name certified blocks and a table of luminosities,
    made here.
    """
    Path("golden.json").write_text(json.dumps(GOLDEN))
    rows = [
        f"{run}:77,{block}:{block},time,STABLE BEAMS,4000,99,{value},20,PXL"
        for (run, block), value in RECORDED.items()
    ]
    header = "#run:fill,ls,time,beamstatus,E(GeV),delivered(/pb),recorded(/pb),avgpu,source"
    Path("lumi.csv").write_text("\n".join([header, *rows]))

    def change(document: dict[str, Any]) -> None:
        document.pop("luminosity_ifb")
        document["certified"] = {"blocks": "golden.json", "luminosity": "lumi.csv"}

    edit_analysis(folder, change)
    return folder


def sum_luminosity() -> int:
    """Run `sum_luminosity`."""
    outputs = {
        "luminosity": f"{RESULTS}/luminosity.json",
        "record": f"{RESULTS}/records/sum_luminosity.json",
    }
    return run_step("sum_luminosity", blocks="golden.json", tables="lumi.csv", **outputs)
