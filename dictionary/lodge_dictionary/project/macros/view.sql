{# A view in one statement. dbt's own way makes another, renames both and drops one: four commits
   of the catalog for each of the staging models. #}
{% materialization view, adapter='duckdb' %}
    {%- set present = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- if present is not none and not present.is_view -%}
        {%- do adapter.drop_relation(present) -%}
    {%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} as (
            {{ sql }}
        )
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
