{# A table brought up to its query by what differs, in one transaction, without changing the
   schema: a run that changes little writes little, and one that changes nothing leaves no
   snapshot. A model says `unique_key`; it is made anew when its columns changed. #}
{% materialization table, adapter='duckdb' %}
    {%- set present = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set key = config.require('unique_key') -%}
    {%- set key = [key] if key is string else key -%}
    {%- set fresh = 'fresh_' ~ this.identifier -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if present is not none and (present.is_view or not has_columns_of(present, sql)) -%}
        {%- do adapter.drop_relation(present) -%}
        {%- set present = none -%}
    {%- endif -%}

    {% if present is none %}
        {% call statement('main') -%}
            {{ create_table_as(False, target_relation, sql) }}
        {%- endcall %}
        {% do persist_docs(target_relation, model) %}
    {% else %}
        {% if config.get('contract').enforced %}
            {{ get_assert_columns_equivalent(sql) }}
        {% endif %}
        {% call statement('fresh') -%}
            create or replace temporary table {{ fresh }} as ({{ sql }})
        {%- endcall %}
        {% call statement('gone') -%}
            create or replace temporary table {{ fresh }}_gone as (
                select * from {{ target_relation }} except select * from {{ fresh }}
            )
        {%- endcall %}
        {% call statement('come') -%}
            create or replace temporary table {{ fresh }}_come as (
                select * from {{ fresh }} except select * from {{ target_relation }}
            )
        {%- endcall %}
        {% call statement('take_out') -%}
            delete from {{ target_relation }} as target using {{ fresh }}_gone as gone
            where {% for name in key %}target.{{ name }} = gone.{{ name }}
                {%- if not loop.last %} and {% endif %}{% endfor %}
        {%- endcall %}
        {% call statement('main') -%}
            insert into {{ target_relation }} by name select * from {{ fresh }}_come
        {%- endcall %}
        {% call statement('forget') -%}
            drop table {{ fresh }}; drop table {{ fresh }}_gone; drop table {{ fresh }}_come
        {%- endcall %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Whether the table has exactly the columns and types that the query gives. #}
{% macro has_columns_of(relation, sql) -%}
    {%- set given = run_query(
        'select count(*) from ('
        ~ '(select column_name, column_type from (describe ' ~ relation ~ ') except '
        ~ 'select column_name, column_type from (describe (' ~ sql ~ '))) union all '
        ~ '(select column_name, column_type from (describe (' ~ sql ~ ')) except '
        ~ 'select column_name, column_type from (describe ' ~ relation ~ ')))'
    ) -%}
    {{ return(given.columns[0].values()[0] | int == 0) }}
{%- endmacro %}
