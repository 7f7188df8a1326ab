"""Wollemi: from production files to limits. See README.md for the picture."""

configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/events.smk"
include: "workflow/rules/histograms.smk"


rule all:
    default_target: True
    input:
        expand(f"results/{RUN}/histograms/{{dataset}}.json", dataset=MODEL_DATASETS),
