"""The conda environment of each program's rule, for the rules and the records. Standard library
only.
"""

from __future__ import annotations

from wollemi.plan.registry import PLOTS, PRODUCTS

# Environment (a file in `envs`) → programs.
ENVIRONMENTS = {
    "inputs": (
        "fetch_dataset",
        "fetch_corrections",
        "fetch_workspace",
        "fetch_overlays",
        "generate_events",
        "split_dataset",
        "fetch_certificates",
        "sum_luminosity",
    ),
    # Its commands may use their own environment.
    "commands": ("run_command",),
    "events": ("skim_events",),
    "histograms": (
        "process_events",
        "fill_histograms",
        "merge_parts",
        "read_histograms",
        "draw_pseudodata",
        "estimate_background",
        "measure_correction",
        "make_product",
    ),
    "statistics": (
        "import_workspaces",
        "build_workspace",
        "lint_templates",
        "require_model",
        "throw_toys",
        *(item.program for item in PRODUCTS),
        *(item.batches for item in PRODUCTS if item.batches),
    ),
    "plots": (
        "plot_regions",
        "plot_corrections",
        "plot_templates",
        *(item.program for item in PLOTS),
        "summarize_results",
    ),
    "publication": (
        "write_tables",
        "write_likelihood",
        "write_results",
        "write_hepdata",
        "write_recast",
        "write_paper",
    ),
    "simplified": ("write_simplified", "plot_simplified", "write_smodels"),
    "site": ("write_site",),
}


def environment_file(program: str) -> str | None:
    """Path of the environment file, relative to the project; None for a program without a rule.

    Args:
        program: Name of the program.
    """
    return next(
        (f"envs/{name}.yaml" for name, programs in ENVIRONMENTS.items() if program in programs),
        None,
    )
