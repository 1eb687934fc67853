"""What an installation sets: environment variables that begin with XIANJIE_."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BucketAddress(NamedTuple):
    """A place in an S3-compatible store."""

    bucket: str
    prefix: str = ""


def _place_of_files(value: Any) -> Any:
    """`s3://bucket/prefix`, else a directory."""
    if not isinstance(value, str) or not value.startswith("s3://"):
        return value
    bucket, _, prefix = value.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError("names no bucket; write s3://bucket or s3://bucket/prefix")
    return BucketAddress(bucket, prefix.strip("/"))


class Settings(BaseSettings):
    """Settings of one process. Times in minutes, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="XIANJIE_")

    database_url: SecretStr = Field(description="PostgreSQL as the application's role xianjie_app")
    worker_url: SecretStr | None = Field(
        None, description="PostgreSQL as xianjie_worker; without it no jobs run"
    )
    secret: SecretStr = Field(min_length=32, description="key material for tokens and sealed personal data")
    files: Annotated[BucketAddress | Path, BeforeValidator(_place_of_files), NoDecode] = Field(
        description="directory of the evidence files, or s3://bucket/prefix"
    )
    uploads: Path | None = Field(
        None, description="directory of what is still arriving; needed with s3://, else within `files`"
    )
    s3_endpoint: str | None = Field(None, description="address of the S3-compatible store, unless it is AWS")
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_path_style: bool = Field(True, description="the bucket in the path, not in the host's name")
    jobs_every_seconds: int = Field(60, ge=1, description="pause between two runs of the background jobs")
    pool_size: int = Field(4, ge=1, le=64, description="database connections of one process")
    token_minutes: int = Field(30, ge=1, le=24 * 60)
    session_minutes: int = Field(8 * 60, ge=1, le=24 * 60)
    secure_cookie: bool = Field(True, description="send the console's cookie over HTTPS only")
    file_limit: int = Field(100 * 1024 * 1024, description="largest evidence file sent in one request")
    upload_limit: int = Field(2 * 1024**3, description="largest evidence file sent in resumable parts")
    upload_days: int = Field(7, ge=1, le=60, description="how long an unfinished upload is kept")
    case_limit: int = Field(100 * 1024**3, description="all evidence files of one case together")
    recheck_days: int = Field(30, ge=1, description="within how many days each stored file is hashed again")
    package_limit: int = Field(16 * 1024**3, description="largest transfer package that is received")
    import_limit: int = Field(200 * 1024 * 1024, description="largest sheet or JSON Lines file of an import")
    body_limit: int = Field(8 * 1024 * 1024, description="largest JSON body")

    @model_validator(mode="after")
    def _arrives_somewhere(self) -> Self:
        if isinstance(self.files, BucketAddress) and self.uploads is None:
            raise ValueError("XIANJIE_UPLOADS must name a directory where XIANJIE_FILES is a bucket")
        if isinstance(self.files, Path) and self.uploads is not None:
            raise ValueError("XIANJIE_UPLOADS is only for a bucket: leave it out with a directory of files")
        return self


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


def settings_of(command: str) -> Settings | None:
    """The settings of this process; None when one is missing or wrong, told on standard error.

    `command` is the command's name as it was typed, for instance `law rescreen`.
    """
    try:
        return settings()
    except ValidationError as error:
        for one in _what_is_wrong(error):
            print(f"xianjie {command}: {one}", file=sys.stderr)
        return None


def _what_is_wrong(error: ValidationError) -> list[str]:
    """Each setting that is missing or wrong, by its name."""
    return [
        f"XIANJIE_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
        if one["loc"]
        else one["msg"].removeprefix("Value error, ")
        for one in error.errors()
    ]
