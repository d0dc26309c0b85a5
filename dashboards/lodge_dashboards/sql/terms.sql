select
    table_name,
    column_name,
    comment
from duckdb_columns()
where
    database_name = 'lake'
    and schema_name in ('marts', 'active', 'master')
    and comment is not null
order by schema_name = 'marts', table_name, column_name
