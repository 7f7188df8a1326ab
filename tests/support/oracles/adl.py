"""The eight queries of the IRIS-HEP ADL benchmark: their configuration files, and the page that
shows them.

`PYTHONPATH=scripts:tests python -m support.oracles.adl` writes the page.
Definitions: https://github.com/iris-hep/adl-benchmarks-index (README.md and reference.md).
"""

from pathlib import Path

from support.project.paths import ROOT

FOLDER = ROOT / "tests/data/adl"
PAGE = FOLDER / "queries.md"  # docs/queries.md includes it
QUERIES = {
    1: "Plot the missing transverse momentum of all events.",
    2: "Plot the transverse momentum of all jets.",
    3: "Plot the transverse momentum of jets with |η| < 1.",
    4: (
        "Plot the missing transverse momentum of events that have at least two jets with pT > "
        "40 GeV."
    ),
    5: "Plot the missing transverse momentum of events that have an opposite-charge muon pair "
    "with an invariant mass between "
    "60 and 120 GeV.",
    6: "For events with at least three jets, plot the pT of the trijet four-momentum that has "
    "the invariant mass closest to "
    "172.5 GeV in each event, and the largest b-tagging discriminant among the jets in this "
    "trijet.",
    7: "Plot the scalar sum in each event of the pT of jets with pT > 30 GeV that are not "
    "within 0.4 in ΔR of any light lepton "
    "with pT > 10 GeV.",
    8: "For events with at least three light leptons and a same-flavor opposite-charge light "
    "lepton pair, find such a pair that "
    "has the invariant mass closest to 91.2 GeV in each event, and plot the transverse mass "
    "of the missing transverse momentum "
    "and the light lepton of highest pT that is not in this pair.",
}
INTRODUCTION = """# The ADL benchmark

Written by `PYTHONPATH=scripts:tests python -m support.oracles.adl` from `tests/data/adl/`; do not edit.

IRIS-HEP compares analysis languages by these [eight queries](https://github.com/iris-hep/adl-benchmarks-index). Each file is a
complete analysis, and none needs a hook. The tests run each query through `skim_events` and `fill_histograms` on generated
NanoAOD-like events, and every bin equals the result of a plain loop over the events. On the first 1,000 events of the benchmark's
data, CMS Open Data of 2012, every bin equals the reference of RumbleDB's implementation
([published numbers](../../../docs/published_numbers.md#adl-benchmarks)).

The lines of a query are its `objects`, `variables` and `regions`. Five more lines name the analysis, its dataset and its sample;
they differ only in name and title. The trijets of query 6 and the pairs of queries 5 and 8 are all combinations; of equally good
ones the first counts. Query 7 has one entry per event, even if the sum is 0. No line is longer than 130 characters.
"""  # noqa: E501


def query_file(number: int) -> Path:
    """Configuration file of a query."""
    return FOLDER / f"query_{number}.yaml"


def header_and_query(number: int) -> tuple[list[str], list[str]]:
    """Lines of the file before and after its empty line, comments not counted."""
    header, _, query = query_file(number).read_text(encoding="utf-8").partition("\n\n")
    return tuple(
        [line for line in part.splitlines() if line and line[0] != "#"] for part in (header, query)
    )


def page() -> str:
    """The page as Markdown."""
    rows = ["| query | lines of the query | of the whole file |", "| --- | --- | --- |"]
    sections = []
    for number, definition in QUERIES.items():
        header, query = header_and_query(number)
        rows.append(f"| [{number}](#query-{number}) | {len(query)} | {len(header) + len(query)} |")
        sections.append(
            f"## Query {number}\n\n{definition}\n\n```yaml\n" + "\n".join(query) + "\n```\n"
        )
    shared = "\n".join(header_and_query(1)[0])
    return "\n".join(
        [
            INTRODUCTION,
            *rows,
            f"\nThe lines before each query:\n\n```yaml\n{shared}\n```\n",
            *sections,
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
