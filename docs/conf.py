"""Settings of Sphinx: `uv run --group docs sphinx-build -W docs docs/.build`."""

project = "Wollemi"
author = "The Wollemi authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = [".build"]
html_theme = "furo"
html_title = "Wollemi"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
