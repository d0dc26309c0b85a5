{# A value in another type, null where it does not fit. #}
{% macro cast_or_null(value, type) -%}
    {{ return(adapter.dispatch('cast_or_null', 'lodge_dictionary')(value, type)) }}
{%- endmacro %}

{% macro default__cast_or_null(value, type) -%}
    try_cast({{ value }} as {{ type }})
{%- endmacro %}

{% macro postgres__cast_or_null(value, type) -%}
    case when pg_input_is_valid({{ value }}, '{{ type }}') then cast({{ value }} as {{ type }}) end
{%- endmacro %}

{# An instant written with its offset, as a timestamp in UTC; null where it is none. #}
{% macro instant_or_null(value) -%}
    {{ return(adapter.dispatch('instant_or_null', 'lodge_dictionary')(value)) }}
{%- endmacro %}

{% macro default__instant_or_null(value) -%}
    timezone('UTC', try_cast({{ value }} as timestamp with time zone))
{%- endmacro %}

{% macro postgres__instant_or_null(value) -%}
    timezone('UTC', {{ cast_or_null(value, 'timestamp with time zone') }})
{%- endmacro %}
