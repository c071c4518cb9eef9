"""The same documents in a bucket: a server that speaks S3, as a process of its own."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from environ import Env

from tests import plant
from tests.dossiers.files import desk, moment
from tests.papers import made
from tests.papers.test_views import entered
from tests.upkeep.world import own_places
from yihu.kit import clock
from yihu.papers import actions
from yihu.papers.choices import Fault
from yihu.papers.storage import place_of as blob_place
from yihu.papers.storage import read_blob, shelf, sweep
from yihu.papers.verify import verify_papers
from yihu.site.shelves import backups_storage, papers_storage
from yihu.upkeep.chest import key, made_key
from yihu.upkeep.copies import (
    Copy,
    Listed,
    copies_on,
    copy_at,
    opened,
    place_of,
    read_list,
    store,
    write_list,
)
from yihu.upkeep.copies import shelf as copies

pytestmark = pytest.mark.django_db
BUCKET = "yihu-papers"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a moto server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
    )
    try:
        for _attempt in range(300):
            assert server.poll() is None
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, and the settings that five variables make."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.create_bucket(Bucket=BUCKET)
    for name, value in {
        "BUCKET": BUCKET,
        "ENDPOINT": endpoint,
        "REGION": "us-east-1",
        "KEY": "x",
        "SECRET": "x",
    }.items():
        monkeypatch.setenv(f"YIHU_S3_{name}", value)
    settings.STORAGES = {**settings.STORAGES, "papers": papers_storage(Env())}
    return client


def test_documents_live_in_the_bucket(bucket: Any, tmp_path: Path) -> None:
    gd = desk()
    content = made.scan()
    put = [
        actions.upload(
            gd.filler, plant.dossier(gd.unit), io.BytesIO(content), name="照.pdf", at=moment()
        ).document
        for _twice in range(2)
    ]
    listed = bucket.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [row["Key"] for row in listed] == [blob_place(put[0].blob_id)]
    assert list(tmp_path.rglob("*")) == []
    assert read_blob(put[0].blob_id) == content
    client = entered(gd.filler)
    answer = client.get(f"/papers/{put[0].pk}/file/")
    assert b"".join(answer.streaming_content) == content
    assert client.get(f"/papers/{put[0].pk}/pages/2.webp").status_code == 200
    assert verify_papers(at=moment()).faults == []
    bucket.put_object(Bucket=BUCKET, Key=blob_place(put[0].blob_id), Body=b"other")
    assert [line.fault for line in verify_papers(at=moment()).faults] == [Fault.CHANGED]
    shelf().delete(blob_place(put[0].blob_id))
    assert [line.fault for line in verify_papers(at=moment()).faults] == [Fault.MISSING]
    assert client.get(f"/papers/{put[0].pk}/file/").status_code == 302


def test_a_copy_lies_in_a_bucket_too(bucket: Any, settings: Any, tmp_path: Path) -> None:
    own_places(settings, tmp_path)
    bucket.create_bucket(Bucket="yihu-backups")
    with pytest.MonkeyPatch.context() as given:
        given.setenv("YIHU_BACKUP_S3_BUCKET", "yihu-backups")
        there = {"backups": backups_storage(Env(), tmp_path)}
    settings.STORAGES = {**settings.STORAGES, **there}
    assert made_key()
    part = store(copies(), place_of(key(), "a" * 64), key(), io.BytesIO(b"content"))
    copy = Copy(copies(), "20261104T183000Z-0a1b")
    store(copies(), copy.database_place, key(), io.BytesIO(b"dump"))
    assert list(copies_on(copies())) == []  # unfinished: without a list
    listed = Listed(
        name=copy.name, made_at="", version="", server=0, owner="", app="", database=part,
        tables={}, files=[part], head=[], anchors="", secret="",
    )  # fmt: skip
    write_list(copy, key(), listed)
    assert [one.name for one in copies_on(copies())] == [copy.name]
    assert read_list(copy_at(copy.name), key()) == listed
    copy.remove()
    assert list(copies_on(copies())) == []
    assert opened(copies(), place_of(key(), "a" * 64), key()) == part


def test_uploads_that_a_killed_process_began_are_given_up(bucket: Any) -> None:
    begun = [
        bucket.create_multipart_upload(Bucket=BUCKET, Key=blob_place(name * 64))["UploadId"]
        for name in "ab"
    ]
    for number in begun:
        bucket.upload_part(
            Bucket=BUCKET, Key=blob_place("a" * 64), UploadId=number, PartNumber=1, Body=b"begun"
        )
    listed = bucket.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert len(listed) == len(begun)
    first = min(one["Initiated"] for one in listed)
    assert sweep(shelf(), before=first) == 0
    assert sweep(shelf(), before=clock.now() + timedelta(days=1)) == len(begun)
    assert "Uploads" not in bucket.list_multipart_uploads(Bucket=BUCKET)
