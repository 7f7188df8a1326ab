"""For phenomenologists: a simplified likelihood, its closure, efficiency maps."""

if plan.simplified:

    rule write_simplified:
        """Simplified likelihood, and its closure against the full one."""
        input:
            code=code("write_simplified"),
            analysis=ancient(ANALYSIS_FILE),
            template="workflow/report/simplified_readme.md.j2",
            workspaces=plan.workspaces,
            limits=f"results/{RUN}/limits.json",
            histograms=plan.histograms(plan.data_datasets),
        output:
            likelihood=f"results/{RUN}/simplified/simplified_likelihood.json",
            closure=f"results/{RUN}/simplified/closure.json",
            readme=f"results/{RUN}/simplified/README.md",
            record=f"results/{RUN}/records/write_simplified.json",
        log:
            f"results/{RUN}/logs/write_simplified.log",
        conda:
            environment("write_simplified")
        resources:
            **job_resources("write_simplified"),
        params:
            **planned("write_simplified"),
        shell:
            command("write_simplified")

    rule plot_simplified:
        """Limits of the simplified likelihood next to the full one."""
        input:
            code=code("plot_simplified"),
            analysis=ancient(ANALYSIS_FILE),
            closure=f"results/{RUN}/simplified/closure.json",
            luminosity=plan.luminosity,
        output:
            **plan.closure_plot,
            record=f"results/{RUN}/records/plot_simplified.json",
        log:
            f"results/{RUN}/logs/plot_simplified.log",
        conda:
            environment("plot_simplified")
        resources:
            **job_resources("plot_simplified"),
        params:
            **planned("plot_simplified"),
        shell:
            command("plot_simplified")


if plan.smodels:

    rule write_smodels:
        """Efficiency maps, counts and covariance as a database of SModelS."""
        input:
            code=code("write_smodels"),
            analysis=ancient(ANALYSIS_FILE),
            likelihood=f"results/{RUN}/simplified/simplified_likelihood.json",
            luminosity=plan.luminosity,
        output:
            database=plan.smodels,
            record=f"results/{RUN}/records/write_smodels.json",
        log:
            f"results/{RUN}/logs/write_smodels.log",
        conda:
            environment("write_smodels")
        resources:
            **job_resources("write_smodels"),
        params:
            **planned("write_smodels"),
        shell:
            command("write_smodels")
