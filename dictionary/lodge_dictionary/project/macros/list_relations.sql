{# What there is in a schema. The adapter asks information_schema, for which DuckLake reads the
   statistics of every table: a tenth of a second each time; columns and views come cheaper. #}
{% macro duckdb__list_relations_without_caching(schema_relation) %}
    {% call statement('list_relations_without_caching', fetch_result=True) -%}
        with

        views as (

            select view_name
            from duckdb_views()
            where
                lower(schema_name) = '{{ schema_relation.schema | lower }}'
                and lower(database_name) = '{{ schema_relation.database | lower }}'

        ),

        relations as (

            select distinct table_name
            from duckdb_columns()
            where
                lower(schema_name) = '{{ schema_relation.schema | lower }}'
                and lower(database_name) = '{{ schema_relation.database | lower }}'

        )

        select
            '{{ schema_relation.database }}' as database,
            relations.table_name as name,
            '{{ schema_relation.schema }}' as schema,
            case when views.view_name is null then 'table' else 'view' end as type
        from relations
        left join views on relations.table_name = views.view_name
    {% endcall %}
    {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}
