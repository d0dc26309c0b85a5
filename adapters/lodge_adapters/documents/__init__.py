"""Documents of other people, read as rows: JSON, XML, CSV, workbooks, Parquet."""
