{# Text of one key of a JSON column, null where it is missing. #}
{% macro json_text(column, key) -%}
    {{ return(adapter.dispatch('json_text', 'lodge_dictionary')(column, key)) }}
{%- endmacro %}

{% macro default__json_text(column, key) -%}
    json_extract_string({{ column }}, '$.{{ key }}')
{%- endmacro %}

{% macro postgres__json_text(column, key) -%}
    (cast({{ column }} as jsonb) ->> '{{ key }}')
{%- endmacro %}
