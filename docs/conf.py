"""The site of these pages, for Sphinx; `scripts/website` is its extension."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

project = "minigrad"
author = "the authors of minigrad"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "website"]
exclude_patterns = ["_build", "_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_member_order = "bysource"
viewcode_follow_imported_members = True
nitpicky = False
add_module_names = False
python_use_unqualified_type_names = True
toc_object_entries = False  # they would be in the list of pages on each page
html_math_renderer = "katex"

html_theme = "furo"
html_title = "minigrad"
html_static_path = ["_static", "_generated/static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_js_files = [("theme.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
highlight_language = "python"
suppress_warnings = ["myst.header"]  # pages that begin with a picture
