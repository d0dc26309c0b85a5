"""Full-text search: words folded alike on every engine, results under the rights of now."""
