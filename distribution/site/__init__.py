"""The documentation as pages: `python -m distribution.site [FOLDER]`, else into `site/`."""
