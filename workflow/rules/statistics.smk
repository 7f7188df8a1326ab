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


# Program → its inputs in addition to the models.
COMPUTED_WITH = {
    "compute_limits": {"toys": plan.toy_limits},
    "extrapolate_limits": {"luminosity": plan.luminosity},
    "group_uncertainties": {"imported": plan.imported},
}
# Products with the name of their output, computed from the models, or merged from batches.
COMPUTED = {
    item.program: item
    for item in PRODUCTS
    if plan.product(item.name)
    and item.program not in ("check_model", "predict_regions", "compute_region_limits")
}
BATCHES = {item.batches: item.name for item in COMPUTED.values() if item.batches}

# Named `rule`: see the plots.
for rule, product in BATCHES.items():

    rule:
        name:
            rule
        input:
            code=code(rule),
            analysis=ancient(ANALYSIS_FILE),
            workspaces=plan.workspaces,
        output:
            batch=f"results/{{analysis}}/{product}/{{part}}.json",
            record=f"results/{{analysis}}/records/{rule}/{{part}}.json",
        log:
            f"results/{{analysis}}/logs/{rule}/{{part}}.log",
        conda:
            environment(rule)
        resources:
            **job_resources(rule),
        params:
            **planned(rule),
        shell:
            command(rule)


for rule, product in COMPUTED.items():

    rule:
        name:
            rule
        input:
            **(
                {"batches": plan.batches(product.name)}
                if product.batches
                else {"workspaces": plan.workspaces}
            ),
            **COMPUTED_WITH.get(rule, {}),
            code=code(rule),
            analysis=ancient(ANALYSIS_FILE),
        output:
            **{product.name: shown_file(f"{product.name}.json", "numbers", "Numbers")},
            record=f"results/{RUN}/records/{rule}.json",
        log:
            f"results/{RUN}/logs/{rule}.log",
        conda:
            environment(rule)
        resources:
            **job_resources(rule),
        params:
            **planned(rule),
        shell:
            command(rule)
