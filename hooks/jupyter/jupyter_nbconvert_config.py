"""nbconvert's own configuration, found by JUPYTER_CONFIG_PATH: our preprocessor executes the pages."""

c = get_config()  # noqa: F821 - provided by traitlets
c.HTMLExporter.default_preprocessors = ["hooks.preprocessor.PagePreprocessor"]
c.PagePreprocessor.enabled = True
