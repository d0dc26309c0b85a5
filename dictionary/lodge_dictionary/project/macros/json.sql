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

{# Text of the key of a JSON column that an expression names, null where it is missing. #}
{% macro json_text_at(column, name) -%}
    {{ return(adapter.dispatch('json_text_at', 'lodge_dictionary')(column, name)) }}
{%- endmacro %}

{% macro default__json_text_at(column, name) -%}
    json_extract_string({{ column }}, '$."' || {{ name }} || '"')
{%- endmacro %}

{% macro postgres__json_text_at(column, name) -%}
    (cast({{ column }} as jsonb) ->> {{ name }})
{%- endmacro %}

{# Each number of a JSON column that holds a list of numbers; a select-list item. #}
{% macro each_number(column) -%}
    {{ return(adapter.dispatch('each_number', 'lodge_dictionary')(column)) }}
{%- endmacro %}

{% macro default__each_number(column) -%}
    unnest(cast({{ column }} as json)::bigint[])
{%- endmacro %}

{% macro postgres__each_number(column) -%}
    cast(jsonb_array_elements_text(cast({{ column }} as jsonb)) as bigint)
{%- endmacro %}
