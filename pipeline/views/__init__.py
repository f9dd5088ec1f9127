"""Pages of pipeline, a module per noun."""
