{# What differs between databases about time. Instants are `timestamp` in UTC everywhere. #}

{# Start of the interval an instant lies in: inclusive, so that 09:15:00 begins its own. #}
{% macro interval_start(instant) -%}
    {{ return(adapter.dispatch('interval_start', 'lodge_dictionary')(instant)) }}
{%- endmacro %}

{% macro default__interval_start(instant) -%}
    time_bucket(interval '{{ var("interval_minutes") }} minutes', {{ instant }})
{%- endmacro %}

{% macro postgres__interval_start(instant) -%}
    date_bin('{{ var("interval_minutes") }} minutes', {{ instant }}, timestamp '2000-01-01')
{%- endmacro %}

{# Seconds from one instant to a later one, with their fraction. The one way to subtract. #}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'lodge_dictionary')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0
{%- endmacro %}

{% macro postgres__seconds_between(earlier, later) -%}
    extract(epoch from ({{ later }} - {{ earlier }}))
{%- endmacro %}

{# One row per interval start from the first to the last, both inclusive; a select-list item. #}
{% macro each_interval(first, last) -%}
    {{ return(adapter.dispatch('each_interval', 'lodge_dictionary')(first, last)) }}
{%- endmacro %}

{% macro default__each_interval(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}, interval '{{ var("interval_minutes") }} minutes'))
{%- endmacro %}

{% macro postgres__each_interval(first, last) -%}
    generate_series({{ first }}, {{ last }}, interval '{{ var("interval_minutes") }} minutes')
{%- endmacro %}
