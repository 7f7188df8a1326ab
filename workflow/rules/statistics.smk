"""The statistical model (workspaces/*.json), fits, limits, and all other numbers (fit.json, limits.json …)."""

if plan.is_published:

    rule import_workspaces:
        """A model that somebody published, as a pyhf workspace for each signal."""
        input:
            code=code("import_workspaces"),
            analysis=ancient(ANALYSIS_FILE),
            workspace=plan.model_files,
            patches=plan.patch_files,
            files=plan.named_files,
        output:
            workspaces=plan.workspaces,
            imported=shown_file("imported.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/import_workspaces.json",
        log:
            f"results/{RUN}/logs/import_workspaces.log",
        conda:
            environment("import_workspaces")
        resources:
            **job_resources("import_workspaces"),
        params:
            **planned("import_workspaces"),
        shell:
            command("import_workspaces")


rule lint_templates:
    """Flaws of the templates of simulated samples."""
    input:
        ancient(plan.histogram_records(plan.simulated_datasets)),
        code=code("lint_templates"),
        analysis=ancient(ANALYSIS_FILE),
        histograms=plan.merged_histograms(plan.simulated_datasets),
        cutflows=plan.cutflows(plan.simulated_datasets),
        luminosity=plan.luminosity,
    output:
        lint=shown_file("lint.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/lint_templates.json",
    log:
        f"results/{RUN}/logs/lint_templates.log",
    conda:
        environment("lint_templates")
    resources:
        **job_resources("lint_templates"),
    params:
        **planned("lint_templates"),
    shell:
        command("lint_templates")


rule build_workspace:
    """A pyhf workspace for each signal sample, or one of all signals."""
    input:
        ancient(plan.histogram_records(plan.model_datasets)),
        code=code("build_workspace"),
        analysis=ancient(ANALYSIS_FILE),
        histograms=plan.merged_histograms(plan.model_datasets),
        cutflows=plan.cutflows(plan.model_datasets),
    output:
        workspaces=plan.built_workspaces,
        record=f"results/{RUN}/records/build_workspace.json",
    log:
        f"results/{RUN}/logs/build_workspace.log",
    conda:
        environment("build_workspace")
    resources:
        **job_resources("build_workspace"),
    params:
        **planned("build_workspace"),
        # In a run, plots and page are made even if no model can be built: `require_model` fails at its end.
        unbuildable="skip",
    shell:
        command("build_workspace")


rule require_model:
    """Fails if a model is missing, its templates have flaws, or a fit has no minimum; runs last."""
    input:
        code=code("require_model"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
        lint=plan.lint,
        fit=plan.product("fit"),
    output:
        record=f"results/{RUN}/records/require_model.json",
    log:
        f"results/{RUN}/logs/require_model.log",
    conda:
        environment("require_model")
    resources:
        **job_resources("require_model"),
    params:
        **planned("require_model"),
    shell:
        command("require_model")


rule check_model:
    """Our likelihood of each workspace against pyhf's."""
    input:
        code=code("check_model"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
    output:
        check=shown_file("model_check.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/check_model.json",
    log:
        f"results/{RUN}/logs/check_model.log",
    conda:
        environment("check_model")
    resources:
        **job_resources("check_model"),
    params:
        **planned("check_model"),
    shell:
        command("check_model")


rule fit_model:
    """Maximum-likelihood fit of each workspace, and of the backgrounds alone."""
    input:
        code=code("fit_model"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
    output:
        fit=shown_file("fit.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/fit_model.json",
    log:
        f"results/{RUN}/logs/fit_model.log",
    conda:
        environment("fit_model")
    resources:
        **job_resources("fit_model"),
    params:
        **planned("fit_model"),
    shell:
        command("fit_model")


if plan.product("predictions"):

    rule predict_regions:
        """The main fit in regions that were not fitted, in other variables, and in groups."""
        input:
            ancient(plan.histogram_records(plan.model_datasets)),
            code=code("predict_regions"),
            analysis=ancient(ANALYSIS_FILE),
            fit=f"results/{RUN}/fit.json",
            histograms=plan.merged_histograms(plan.model_datasets),
            workspaces=plan.grouped_workspaces,
        output:
            predictions=shown_file("predictions.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/predict_regions.json",
        log:
            f"results/{RUN}/logs/predict_regions.log",
        conda:
            environment("predict_regions")
        resources:
            **job_resources("predict_regions"),
        params:
            **planned("predict_regions"),
        shell:
            command("predict_regions")


if plan.toy_limits:

    rule throw_toys:
        """Limits on one signal from toys, where it has too few events for asymptotic ones."""
        input:
            code=code("throw_toys"),
            analysis=ancient(ANALYSIS_FILE),
            workspace=plan.toy_workspace,
        output:
            limits="results/{analysis}/toy_limits/{signal}.json",
            record="results/{analysis}/records/throw_toys/{signal}.json",
        log:
            "results/{analysis}/logs/throw_toys/{signal}.log",
        conda:
            environment("throw_toys")
        resources:
            **job_resources("throw_toys"),
        params:
            **planned("throw_toys"),
        shell:
            command("throw_toys")


rule compute_limits:
    """Upper limits at the confidence level of the analysis, for each signal."""
    input:
        code=code("compute_limits"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
        toys=plan.toy_limits,
    output:
        limits=shown_file("limits.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/compute_limits.json",
    log:
        f"results/{RUN}/logs/compute_limits.log",
    conda:
        environment("compute_limits")
    resources:
        **job_resources("compute_limits"),
    params:
        **planned("compute_limits"),
    shell:
        command("compute_limits")


if plan.product("extrapolation"):

    rule extrapolate_limits:
        """Expected limits and significances of each signal at other luminosities."""
        input:
            code=code("extrapolate_limits"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
            luminosity=plan.luminosity,
        output:
            extrapolation=shown_file("extrapolation.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/extrapolate_limits.json",
        log:
            f"results/{RUN}/logs/extrapolate_limits.log",
        conda:
            environment("extrapolate_limits")
        resources:
            **job_resources("extrapolate_limits"),
        params:
            **planned("extrapolate_limits"),
        shell:
            command("extrapolate_limits")


rule compute_significance:
    """Discovery significance, observed and expected, for each signal."""
    input:
        code=code("compute_significance"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
    output:
        significances=shown_file("significances.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/compute_significance.json",
    log:
        f"results/{RUN}/logs/compute_significance.log",
    conda:
        environment("compute_significance")
    resources:
        **job_resources("compute_significance"),
    params:
        **planned("compute_significance"),
    shell:
        command("compute_significance")


rule rank_parameters:
    """Impact of each parameter on the parameter of interest, for each signal."""
    input:
        code=code("rank_parameters"),
        analysis=ancient(ANALYSIS_FILE),
        workspaces=plan.workspaces,
    output:
        ranking=shown_file("ranking.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/rank_parameters.json",
    log:
        f"results/{RUN}/logs/rank_parameters.log",
    conda:
        environment("rank_parameters")
    resources:
        **job_resources("rank_parameters"),
    params:
        **planned("rank_parameters"),
    shell:
        command("rank_parameters")


if plan.product("scans"):

    rule scan_likelihood:
        """Profile likelihood scans of one or two parameters, for each signal."""
        input:
            code=code("scan_likelihood"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            scans=shown_file("scans.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/scan_likelihood.json",
        log:
            f"results/{RUN}/logs/scan_likelihood.log",
        conda:
            environment("scan_likelihood")
        resources:
            **job_resources("scan_likelihood"),
        params:
            **planned("scan_likelihood"),
        shell:
            command("scan_likelihood")


if plan.product("toy_fits"):

    rule run_toys:
        """Fits of a batch of toys of the model."""
        input:
            code=code("run_toys"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            batch="results/{analysis}/toy_fits/{part}.json",
            record="results/{analysis}/records/run_toys/{part}.json",
        log:
            "results/{analysis}/logs/run_toys/{part}.log",
        conda:
            environment("run_toys")
        resources:
            **job_resources("run_toys"),
        params:
            **planned("run_toys"),
        shell:
            command("run_toys")

    rule merge_toys:
        """Bias, pulls and coverage, from the fits of all toys."""
        input:
            code=code("merge_toys"),
            analysis=ancient(ANALYSIS_FILE),
            batches=plan.batches("toy_fits"),
        output:
            toy_fits=shown_file("toy_fits.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/merge_toys.json",
        log:
            f"results/{RUN}/logs/merge_toys.log",
        conda:
            environment("merge_toys")
        resources:
            **job_resources("merge_toys"),
        params:
            **planned("merge_toys"),
        shell:
            command("merge_toys")


if plan.product("intervals"):

    rule test_intervals:
        """Toys of some values of a parameter, for confidence intervals."""
        input:
            code=code("test_intervals"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            batch="results/{analysis}/intervals/{part}.json",
            record="results/{analysis}/records/test_intervals/{part}.json",
        log:
            "results/{analysis}/logs/test_intervals/{part}.log",
        conda:
            environment("test_intervals")
        resources:
            **job_resources("test_intervals"),
        params:
            **planned("test_intervals"),
        shell:
            command("test_intervals")

    rule merge_intervals:
        """Confidence intervals, from all values that were tested."""
        input:
            code=code("merge_intervals"),
            analysis=ancient(ANALYSIS_FILE),
            batches=plan.batches("intervals"),
        output:
            intervals=shown_file("intervals.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/merge_intervals.json",
        log:
            f"results/{RUN}/logs/merge_intervals.log",
        conda:
            environment("merge_intervals")
        resources:
            **job_resources("merge_intervals"),
        params:
            **planned("merge_intervals"),
        shell:
            command("merge_intervals")


if plan.product("goodness"):

    rule test_goodness:
        """A batch of toys of the goodness of fit."""
        input:
            code=code("test_goodness"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            batch="results/{analysis}/goodness/{part}.json",
            record="results/{analysis}/records/test_goodness/{part}.json",
        log:
            "results/{analysis}/logs/test_goodness/{part}.log",
        conda:
            environment("test_goodness")
        resources:
            **job_resources("test_goodness"),
        params:
            **planned("test_goodness"),
        shell:
            command("test_goodness")

    rule merge_goodness:
        """Goodness of fit, from all batches of toys."""
        input:
            code=code("merge_goodness"),
            analysis=ancient(ANALYSIS_FILE),
            batches=plan.batches("goodness"),
        output:
            goodness=shown_file("goodness.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/merge_goodness.json",
        log:
            f"results/{RUN}/logs/merge_goodness.log",
        conda:
            environment("merge_goodness")
        resources:
            **job_resources("merge_goodness"),
        params:
            **planned("merge_goodness"),
        shell:
            command("merge_goodness")


if plan.product("uncertainties"):

    rule group_uncertainties:
        """Uncertainty of the parameter of interest by groups of sources, for each signal."""
        input:
            code=code("group_uncertainties"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
            imported=plan.imported,
        output:
            uncertainties=shown_file("uncertainties.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/group_uncertainties.json",
        log:
            f"results/{RUN}/logs/group_uncertainties.log",
        conda:
            environment("group_uncertainties")
        resources:
            **job_resources("group_uncertainties"),
        params:
            **planned("group_uncertainties"),
        shell:
            command("group_uncertainties")


if plan.product("region_limits"):

    rule compute_region_limits:
        """Model-independent limits of each signal region."""
        input:
            code=code("compute_region_limits"),
            analysis=ancient(ANALYSIS_FILE),
            workspace=plan.workspaces[:1],
            luminosity=plan.luminosity,
        output:
            limits=shown_file("region_limits.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/compute_region_limits.json",
        log:
            f"results/{RUN}/logs/compute_region_limits.log",
        conda:
            environment("compute_region_limits")
        resources:
            **job_resources("compute_region_limits"),
        params:
            **planned("compute_region_limits"),
        shell:
            command("compute_region_limits")


if plan.product("discovery"):

    rule scan_discovery:
        """Local p-values of all signals, and the global one."""
        input:
            code=code("scan_discovery"),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            discovery=shown_file("discovery.json", "numbers", "Numbers"),
            record=f"results/{RUN}/records/scan_discovery.json",
        log:
            f"results/{RUN}/logs/scan_discovery.log",
        conda:
            environment("scan_discovery")
        resources:
            **job_resources("scan_discovery"),
        params:
            **planned("scan_discovery"),
        shell:
            command("scan_discovery")
