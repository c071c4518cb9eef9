"""Where documents are stored: a folder of the installation, or an S3 bucket (MinIO, Ceph, OSS)."""

from typing import Any


def papers_storage(env: Any) -> dict[str, Any]:
    """The storage of documents for STORAGES: S3 where YIHU_S3_BUCKET names a bucket.

    YIHU_S3_ENDPOINT, YIHU_S3_REGION, YIHU_S3_KEY, YIHU_S3_SECRET go with it; without key and
    secret the machine's own credentials are used.
    """
    bucket = env.str("YIHU_S3_BUCKET", default="")
    if not bucket:
        return {"BACKEND": "yihu.papers.storage.Folder"}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
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
