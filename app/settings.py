"""What an installation sets: environment variables that begin with XIANJIE_."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process. Times in minutes, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="XIANJIE_")

    database_url: SecretStr = Field(description="PostgreSQL as the application's role xianjie_app")
    worker_url: SecretStr | None = Field(
        None, description="PostgreSQL as xianjie_worker; without it no jobs run"
    )
    migration_url: SecretStr | None = Field(
        None, description="PostgreSQL as xianjie_owner; only for `migrate`"
    )
    secret: SecretStr = Field(min_length=32, description="key material for tokens and sealed personal data")
    files: Path = Field(description="directory of the evidence files")
    jobs_every_seconds: int = Field(60, ge=1, description="pause between two runs of the background jobs")
    pool_size: int = Field(4, ge=1, le=64, description="database connections of one process")
    token_minutes: int = Field(30, ge=1, le=24 * 60)
    session_minutes: int = Field(8 * 60, ge=1, le=24 * 60)
    secure_cookie: bool = Field(True, description="send the console's cookie over HTTPS only")
    file_limit: int = Field(100 * 1024 * 1024, description="largest evidence file")
    import_limit: int = Field(200 * 1024 * 1024, description="largest sheet or JSON Lines file of an import")
    body_limit: int = Field(8 * 1024 * 1024, description="largest JSON body")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
