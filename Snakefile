"""Wollemi: from production files to limits. README.md has the picture."""


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


container: IMAGE


include: "workflow/rules/inputs.smk"
include: "workflow/rules/commands.smk"
include: "workflow/rules/events.smk"
include: "workflow/rules/histograms.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/plots.smk"
include: "workflow/rules/publication.smk"
include: "workflow/rules/simplified.smk"
include: "workflow/rules/site.smk"


keep_facts()
group_rules(workflow)


report: f"results/{RUN}/overview.rst"


rule all:
    """The whole analysis."""
    default_target: True
    input:
        plan.targets,


rule publish:
    """All of it, and what a publication gives to others."""
    input:
        rules.all.input,
        plan.published,
        [path for path in rules.write_site.output if path != rules.write_site.output.record],


onstart:
    refuse(*slurm_problems(workflow))


onsuccess:
    print(headline(RUN))
    end_run(True)


onerror:
    # One file under Snakemake 7, a list under 9.
    print(error_messages(as_list(log)))
    end_run(False)
