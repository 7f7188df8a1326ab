"""Simplified results, for phenomenologists: likelihood, its closure, efficiency maps."""

SIMPLE = f"results/{RUN}/simplified"
CLOSURE = {suffix: f"{SIMPLE}/closure_plot.{suffix}" for suffix in ("pdf", "png", "json")}
SIMPLIFIED = [f"{SIMPLE}/{name}" for name in ("simplified_likelihood.json", "closure.json", "README.md")] if LIMITS else []
SIMPLIFIED += CLOSURE.values() if LIMITS else []
SMODELS = [f"{SIMPLE}/smodels.zip"] if (DOCUMENT.get("publication") or {}).get("smodels") else []
PUBLICATION += [*SIMPLIFIED, *SMODELS]

if SIMPLIFIED:

    rule write_simplified:
        """Simplified likelihood, and its closure against the full one."""
        input:
            code=code("write_simplified"),
            analysis=ancient(ANALYSIS_FILE),
            template="workflow/report/simplified_readme.md.j2",
            workspaces=WORKSPACES,
            limits=f"results/{RUN}/limits.json",
            histograms=[f"results/{RUN}/histograms/{dataset}.json" for dataset in sample_datasets(DOCUMENT, "data")],
        output:
            likelihood=f"{SIMPLE}/simplified_likelihood.json",
            closure=f"{SIMPLE}/closure.json",
            readme=f"{SIMPLE}/README.md",
            record=f"results/{RUN}/records/write_simplified.json",
        log:
            f"results/{RUN}/logs/write_simplified.log",
        conda:
            "../../envs/simplified.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_simplified"),
        params:
            **planned("write_simplified"),
        shell:
            command("write_simplified")

    rule plot_simplified:
        """Limits of the simplified likelihood beside those of the full one."""
        input:
            code=code("plot_simplified"),
            analysis=ancient(ANALYSIS_FILE),
            closure=f"{SIMPLE}/closure.json",
            luminosity=LUMINOSITY,
        output:
            **CLOSURE,
            record=f"results/{RUN}/records/plot_simplified.json",
        log:
            f"results/{RUN}/logs/plot_simplified.log",
        conda:
            "../../envs/simplified.yaml"
        container:
            IMAGE
        resources:
            **job_resources("plot_simplified"),
        params:
            **planned("plot_simplified"),
        shell:
            command("plot_simplified")


if SMODELS:

    rule write_smodels:
        """Efficiency maps, counts and covariance as a database of SModelS."""
        input:
            code=code("write_smodels"),
            analysis=ancient(ANALYSIS_FILE),
            likelihood=f"{SIMPLE}/simplified_likelihood.json",
            luminosity=LUMINOSITY,
        output:
            database=SMODELS,
            record=f"results/{RUN}/records/write_smodels.json",
        log:
            f"results/{RUN}/logs/write_smodels.log",
        conda:
            "../../envs/simplified.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_smodels"),
        params:
            **planned("write_smodels"),
        shell:
            command("write_smodels")
