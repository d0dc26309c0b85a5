"""What Dagster knows of the pipeline, one module a subject."""
