"""Tables, named results, the likelihood, HEPData, an entry for RECAST, a folder for a paper."""


rule write_tables:
    """Tables for a paper: yields, cutflows, systematics, parameters, limits, impacts."""
    input:
        code=code("write_tables"),
        analysis=ancient(ANALYSIS_FILE),
        summary=plan.path("summary.json"),
        ranking=plan.product("ranking"),
        workspaces=plan.workspaces,
    output:
        csv=plan.tables("csv"),
        markdown=plan.tables("md"),
        latex=plan.tables("tex"),
        record=f"results/{RUN}/records/write_tables.json",
    log:
        f"results/{RUN}/logs/write_tables.log",
    conda:
        environment("write_tables")
    resources:
        **job_resources("write_tables"),
    params:
        **planned("write_tables"),
    shell:
        command("write_tables")


if plan.likelihood:

    rule write_likelihood:
        """The full likelihood: background-only workspace, patch set of all signals, and how to use them."""
        input:
            code=code("write_likelihood"),
            analysis=ancient(ANALYSIS_FILE),
            template="workflow/report/likelihood_readme.md.j2",
            workspaces=plan.workspaces,
        output:
            background=shown_file("likelihood/BkgOnly.json", "likelihood", "Likelihood"),
            patchset=shown_file("likelihood/patchset.json", "likelihood", "Likelihood"),
            cls=shown_file("likelihood/cls.json", "likelihood", "Likelihood"),
            readme=shown_file("likelihood/README.md", "likelihood", "Likelihood"),
            record=f"results/{RUN}/records/write_likelihood.json",
        log:
            f"results/{RUN}/logs/write_likelihood.log",
        conda:
            environment("write_likelihood")
        resources:
            **job_resources("write_likelihood"),
        params:
            **planned("write_likelihood"),
        shell:
            command("write_likelihood")


if plan.results:

    rule write_results:
        """Single numbers of the products under the names that the analysis gives them."""
        input:
            code=code("write_results"),
            analysis=ancient(ANALYSIS_FILE),
            products=plan.named_products,
        output:
            results=plan.results,
            record=f"results/{RUN}/records/write_results.json",
        log:
            f"results/{RUN}/logs/write_results.log",
        conda:
            environment("write_results")
        resources:
            **job_resources("write_results"),
        params:
            **planned("write_results"),
        shell:
            command("write_results")


if plan.hepdata:

    rule write_hepdata:
        """The results as a submission to HEPData."""
        input:
            **values.model_inputs("write_hepdata"),
            code=code("write_hepdata"),
            analysis=ancient(ANALYSIS_FILE),
            cutflows=plan.cutflows(plan.sample_datasets),
            histograms=plan.histograms(plan.data_datasets),
            maps=plan.correction_maps,
            cls=[plan.path("likelihood/cls.json")] if plan.likelihood else [],
            likelihood=plan.likelihood or (plan.workspaces if plan.has_model else []),
            plots=plan.plots("png", plan.plot_names),
            luminosity=plan.luminosity,
        output:
            submission=plan.hepdata,
            record=f"results/{RUN}/records/write_hepdata.json",
        log:
            f"results/{RUN}/logs/write_hepdata.log",
        conda:
            environment("write_hepdata")
        resources:
            **job_resources("write_hepdata"),
        params:
            **planned("write_hepdata"),
        shell:
            command("write_hepdata")


if plan.recast:

    rule write_recast:
        """An entry in a catalogue of RECAST: new signals for an archive of the analysis."""
        input:
            code=code("write_recast"),
            analysis=ancient(ANALYSIS_FILE),
            citation=plan.citation,
            template="workflow/report/recast_readme.md.j2",
        output:
            entry=f"results/{RUN}/recast/recast.yml",
            workflow=f"results/{RUN}/recast/specs/workflow.yml",
            steps=f"results/{RUN}/recast/specs/steps.yml",
            inputs=plan.recast_examples,
            readme=f"results/{RUN}/recast/README.md",
            record=f"results/{RUN}/records/write_recast.json",
        log:
            f"results/{RUN}/logs/write_recast.log",
        conda:
            environment("write_recast")
        resources:
            **job_resources("write_recast"),
        params:
            **planned("write_recast"),
            image=config["workflow_image"],
        shell:
            command("write_recast")


if plan.paper:

    rule write_paper:
        """Figures and tables as a folder for a paper."""
        input:
            code=code("write_paper"),
            analysis=ancient(ANALYSIS_FILE),
            plots=plan.paper_plots,
            tables=plan.paper_tables,
            records=plan.paper_records,
            template="workflow/report/paper_readme.md.j2",
        output:
            figures=plan.paper_figure_copies,
            table_copies=plan.paper_table_copies,
            document=f"results/{RUN}/paper/paper.tex",
            readme=f"results/{RUN}/paper/README.md",
            record=f"results/{RUN}/records/write_paper.json",
        log:
            f"results/{RUN}/logs/write_paper.log",
        conda:
            environment("write_paper")
        resources:
            **job_resources("write_paper"),
        params:
            **planned("write_paper"),
        shell:
            command("write_paper")
