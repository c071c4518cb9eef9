"""Where documents and copies lie: folders of the installation, or S3 buckets (MinIO, Ceph, OSS)."""

from pathlib import Path
from typing import Any


def papers_storage(env: Any) -> dict[str, Any]:
    """The storage of documents for STORAGES: S3 where YIHU_S3_BUCKET names a bucket.

    YIHU_S3_ENDPOINT, YIHU_S3_REGION, YIHU_S3_KEY, YIHU_S3_SECRET go with it; without key and
    secret the machine's own credentials are used.
    """
    bucket = env.str("YIHU_S3_BUCKET", default="")
    return _bucket(env, bucket) if bucket else {"BACKEND": "yihu.papers.storage.Folder"}


def backups_storage(env: Any, home: Path) -> dict[str, Any]:
    """The storage of copies: the bucket YIHU_BACKUP_S3_BUCKET, or the folder YIHU_BACKUP_FOLDER."""
    bucket = env.str("YIHU_BACKUP_S3_BUCKET", default="")
    if bucket:
        return _bucket(env, bucket)
    folder = env.str("YIHU_BACKUP_FOLDER", default=str(home / "backups"))
    return {"BACKEND": "yihu.papers.storage.Folder", "OPTIONS": {"location": folder}}


def _bucket(env: Any, name: str) -> dict[str, Any]:
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": env.str("YIHU_S3_ENDPOINT", default="") or None,
            "region_name": env.str("YIHU_S3_REGION", default="") or None,
            "access_key": env.str("YIHU_S3_KEY", default="") or None,
            "secret_key": env.str("YIHU_S3_SECRET", default="") or None,
            "addressing_style": "path",
            "file_overwrite": True,  # a name is the hash of the content
            "default_acl": None,
            "max_memory_size": 8 * 1024 * 1024,
        },
    }
