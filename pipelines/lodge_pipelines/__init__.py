"""Active and master carried to the reports store, transformed and checked, as Dagster assets."""
