"""Link files: what they may hold, in YAML and XML, and how a bad one is refused with its line."""

import inspect
import textwrap

import pytest

from lodge_adapters import language
from lodge_adapters.reading import read_link
from lodge_platform.errors import RefusedError

EXAMPLE = textwrap.dedent((inspect.getdoc(language) or "").split("\n\n")[1])
XML = """<link title="Customer in the shop" term="What the shop knows about who writes.">
  <parameters>
    <parameter name="email" type="text" required="true" from="customer.address">
      <term>Mail address.</term>
    </parameter>
  </parameters>
  <access>
    <sql url_secret="shop_url">
      <select>select id, name, tier from customers where email = :email</select>
    </sql>
  </access>
  <answer root="customers" row="customer">
    <fields>
      <field name="number" from="id" type="integer" required="true" attribute="true"
        term="Key there."/>
      <field name="name" sensitivity="personal" term="Name in the shop."/>
      <field name="tier" term="gold or silver."/>
    </fields>
  </answer>
  <callers><roles><role>agent</role><role>supervisor</role></roles></callers>
  <panel title="In the shop"/>
</link>
"""


def test_the_example_of_the_language_is_a_link() -> None:
    link = read_link(EXAMPLE)
    assert link.access.sql is not None
    assert link.parameters[0].source == "customer.address"
    assert link.callers.roles == ("agent", "supervisor")


def test_xml_of_the_same_content_is_the_same_link() -> None:
    assert read_link(XML, "customer_lookup.xml") == read_link(EXAMPLE)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("title:", "titel:", "line 2: unknown entry 'titel'; did you mean 'title'?"),
        ("type: text", "type: txt", "line 5: parameters[0].type: 'txt' is not allowed; did you"),
        ("required: true, from", "required: yes, from", "'yes' is not allowed; allowed: true"),
        ("customer.address", "customer.adress", "did you mean 'customer.address'?"),
        (":email", ":emial", "'emial' is no parameter; did you mean 'email'?"),
        ("sql:", "sq1:", "line 7: access: unknown entry 'sq1'; did you mean 'sql'?"),
        ("url_secret: shop_url", "url: 'postgresql://a:b@c/d'", "a password stands in the URL"),
        ("url_secret: shop_url", "password_secret: x", "give `url` or `url_secret`, one of them"),
        ("name: tier", "name: more", "'more' has a meaning of its own in answers"),
        ("name: tier", "name: name", "two fields are named 'name'"),
        ("name: tier", "name: 2nd", "'2nd' is not allowed; it must fit"),
        ("root: customers", "root: error", "'error' has a meaning of its own"),
        ("panel: {title: In the shop}", "panel: {title: A, form: html}", "`form: html` and `xslt`"),
        ("panel: {title: In the shop}", "panel: {title: A, fields: [x]}", "'x' is not declared"),
        ("panel: {title: In the shop}", "land: {key: [nr]}", "'nr' is not declared"),
        (
            "panel: {title: In the shop}",
            "land: {key: [number]}",
            "a load has no value for the required parameter 'email'",
        ),
        ("panel: {title: In the shop}", "limits: {seconds: 0}", "allowed: numbers above 0"),
        ("panel: {title: In the shop}", "limits: {rows: many}", "'many' is not allowed"),
        ("panel: {title: In the shop}", "samples: [a]", "'a' where entries are wanted"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_allowed_values(
    before: str, after: str, said: str
) -> None:
    assert before in EXAMPLE
    with pytest.raises(RefusedError) as refused:
        read_link(EXAMPLE.replace(before, after, 1), "customer_lookup.yaml")
    assert "customer_lookup.yaml line " in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ("{}", "where the rows come from is missing; allowed: sql, http"),
        ("{function: {name: a}, mart: {table: b}}", "not mart and function"),
        ("{http: {url: example.org}}", "'example.org' is no URL"),
        ("{http: {url: 'https://{host}/x'}}", "a parameter cannot choose the host"),
        ("{http: {url: 'https://a.org/{x}'}}", "'x' is no parameter; the link declares none"),
        ("{http: {url: 'https://a.org/', paging: {page: p, offset: o}}}", "give one of link_head"),
        ("{http: {url: 'https://a.org/', authentication: {user: a}}}", "`user` and `password_s"),
        ("{file: {format: csv}}", "give `path`, `key` or `url`, one of them"),
        ("{file: {format: csv, path: a.csv, csv: {header: false}}}", "without a header"),
        ("{file: {format: ods, path: a.ods}}", "'ods' is not allowed; "),
        ("{sql: {url: 'nonsense', select: select 1}}", "that is not a SQLAlchemy URL"),
        ("{sql: {url: 'sqlite:///a.db'}}", "give one of `select` and `procedure`"),
    ],
)
def test_an_access_that_could_never_be_used_is_refused(access: str, said: str) -> None:
    document = f"title: T\nterm: T\naccess: {access}\nanswer: {{fields: [{{name: a, term: A}}]}}\n"
    with pytest.raises(RefusedError) as refused:
        read_link(document, "odd.yaml")
    assert "odd.yaml line 3" in str(refused.value)
    assert said in str(refused.value)


def test_a_file_is_searched_by_fields_and_parameters_that_are_declared() -> None:
    document = (
        "title: T\nterm: T\nparameters: [{name: sku, term: A}]\n"
        "access: {file: {format: csv, path: a.csv, where: {WHERE}}}\n"
        "answer: {fields: [{name: article, term: A}]}\n"
    )
    read_link(document.replace("WHERE", "article: sku"))
    with pytest.raises(RefusedError, match="'sku' is no field; allowed: article"):
        read_link(document.replace("WHERE", "sku: sku"))
    with pytest.raises(RefusedError, match="'article' is no parameter; allowed: sku"):
        read_link(document.replace("WHERE", "article: article"))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<!DOCTYPE link [<!ENTITY a 'b'>]><link title='&a;'/>", "a document type is not allowed"),
        ("<link>\n<title>\n</link>", "a.xml line 3: not XML"),
        ("<link title='a' odd='b'/>", "line 1: unknown entry 'odd'"),
        ("<link title='a'>words</link>", "text beside entries in link"),
        ("<a>" * 60 + "</a>" * 60, "nested more than 40 deep"),
    ],
)
def test_s14_a_bad_xml_file_is_refused_with_its_line(document: str, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_link(document, "a.xml")
    assert said in str(refused.value)
