"""Attached files: kept by hash, given out as bytes of no type, seen by whom the thing is seen."""

import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.house import House, code_of, error_fields
from lodge_core.attachments import MOST_BYTES, uploaded
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import AccessRecord, Attachment

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def sue(article_house: House) -> TestClient:
    return article_house.asker("sue", "supervisor")


def sent(client: TestClient, path: str, content: bytes = SVG, name: str = "x.svg") -> Any:
    answer = client.post(
        path,
        params={"filename": name},
        content=content,
        headers={"content-type": "image/svg+xml"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_s04_a_file_comes_back_byte_for_byte_and_as_nothing_that_is_shown(
    article_house: House, sue: TestClient
) -> None:
    activity_id = article_house.place.queued()
    file = sent(sue, f"/activities/{activity_id}/attachments")
    assert file["content_type"] == "image/svg+xml"
    assert file["sha256"] == hashlib.sha256(SVG).hexdigest()
    [row] = sue.get(f"/activities/{activity_id}/attachments").json()["items"]
    assert row == sue.get(f"/attachments/{file['attachment_id']}").json()
    answer = sue.get(f"/attachments/{file['attachment_id']}/content")
    assert answer.content == SVG
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    [read] = article_house.place.rows(
        select(AccessRecord.__table__).where(AccessRecord.object_id == file["attachment_id"])
    )
    assert (read.kind, read.user_id) == ("read", article_house.people["sue"])
    assert article_house.place.differences() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.exe", "x.exe"),
        ("a\u202egpj.exe", "agpj.exe"),
        (".htaccess", "htaccess"),
        ("con.txt", "_con.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("x.pdf\r\nSet-Cookie: a=b", "x.pdf Set-Cookie a=b"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
    ],
)
def test_r60_s06_a_name_is_a_label_and_never_a_path(name: str, kept: str) -> None:
    assert uploaded(b"x", "text/plain", name).filename in (kept, kept.replace(" Set", "Set"))


def test_a_form_with_one_file_is_taken_as_well(article_house: House, sue: TestClient) -> None:
    path = f"/activities/{article_house.place.queued()}/attachments"
    answer = sue.post(path, files={"file": ("März.txt", b"hello", "text/plain")})
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert (file["filename"], file["size_bytes"]) == ("März.txt", 5)
    two = sue.post(path, files=[("a", ("a", b"1")), ("b", ("b", b"2"))])
    assert (two.status_code, error_fields(two)) == (422, ["body"])


@pytest.mark.parametrize(
    ("content", "kind", "name", "field"),
    [
        (b"", "text/plain", "x", "body"),
        (b"x", "text/plain", None, "filename"),
        (b"x", "multipart/form-data", "x", "body"),
        (b"x", "multipart/form-data; boundary=y", "x", "body"),
        (b"--y\r\n\r\n", "multipart/form-data; boundary=y", "x", "body"),
        (b"x" * (MOST_BYTES + 1), "text/plain", "x", "body"),
    ],
)
def test_what_is_no_file_is_refused(content: bytes, kind: str, name: str, field: str) -> None:
    with pytest.raises(RefusedError) as refused:
        uploaded(content, kind, name)
    assert refused.value.field == field


def test_a_type_that_is_none_is_not_kept() -> None:
    assert uploaded(b"x", "text/html\r\nx: y", "x").content_type == "application/octet-stream"
    assert uploaded(b"x", "", "x").content_type == "application/octet-stream"


def test_s32_a_body_beyond_the_limit_is_not_read(article_house: House, sue: TestClient) -> None:
    path = f"/activities/{article_house.place.queued()}/attachments?filename=x"
    answer = sue.post(path, content=b"x" * (MOST_BYTES + 20_000))
    assert (answer.status_code, code_of(answer)) == (413, "body-too-large")


def test_s05_s35_a_file_is_seen_by_whom_its_activity_is_seen(
    article_house: House, sue: TestClient
) -> None:
    file = sent(sue, f"/activities/{article_house.place.queued()}/attachments")
    sales = article_house.department("Sales")
    eve = article_house.asker("eve", "administrator", department_id=sales)
    path = f"/attachments/{file['attachment_id']}"
    for one in (path, f"{path}/content"):
        mine, nothing = eve.get(one), eve.get(one.replace(path, "/attachments/4711"))
        assert (mine.status_code, nothing.status_code) == (404, 404)
    assert eve.delete(path, headers={"if-match": "*"}).status_code == 404
    assert eve.get("/attachments?count=true").json()["total"] == 0
    article_house.person("bob", "supervisor")
    key = article_house.key("bob", actions=[Action.ACTIVITY_READ])
    bob = article_house.program(key)
    assert bob.get(path).json()["filename"] is None
    assert bob.get(f"{path}/content").status_code == 403


def test_a_file_taken_away_is_gone_and_its_bytes_stay(
    article_house: House, sue: TestClient
) -> None:
    file = sent(sue, f"/activities/{article_house.place.queued()}/attachments")
    path = f"/attachments/{file['attachment_id']}"
    assert sue.delete(path).status_code == 428
    match = {"if-match": sue.get(path).headers["etag"]}
    assert sue.delete(path, headers=match).status_code == 204
    assert sue.get(path).status_code == 404
    assert article_house.lodge.files.get(file["sha256"]) == SVG
    assert article_house.place.differences() == []


def test_files_of_articles_are_seen_with_the_article_alone(
    article_house: House, sue: TestClient
) -> None:
    folder = sue.post("/article-folders", json={"name": "Refunds"}).json()
    body = {"article_folder_id": folder["article_folder_id"], "title": "x", "html": "<p>x</p>"}
    keys = [sue.post("/articles", json=body).json()["article_id"] for _ in range(2)]
    path = f"/articles/{keys[0]}/attachments"
    file = sent(sue, path)
    one = f"{path}/{file['attachment_id']}"
    assert sue.get(f"{one}/content").content == SVG
    assert sue.get(f"/attachments/{file['attachment_id']}").status_code == 404
    elsewhere = one.replace(f"/articles/{keys[0]}/", f"/articles/{keys[1]}/")
    for other in (elsewhere, f"{elsewhere}/content"):
        assert sue.get(other).status_code == 404
    assert sue.delete(elsewhere, headers={"if-match": "*"}).status_code == 404
    amy = article_house.asker("amy", "agent")
    assert amy.get(f"{one}/content").status_code == 404
    assert sue.delete(one, headers={"if-match": "*"}).status_code == 204
    assert (
        article_house.place.rows(
            select(Attachment.attachment_id).where(Attachment.deleted_at.is_(None))
        )
        == []
    )
