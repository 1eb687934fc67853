"""As which user of the operating system the embedded PostgreSQL runs: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OsUser:
    """A user of the operating system under whom programs run and files are owned."""

    name: str
    uid: int
    gid: int

    @classmethod
    def current(cls) -> OsUser:
        """The user of this process (who need not have a name)."""
        return cls._of(os.geteuid())

    @classmethod
    def _of(cls, uid: int) -> OsUser:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(f"user {uid}", uid, os.getegid() if uid == os.geteuid() else uid)
        return cls(entry.pw_name, uid, entry.pw_gid)

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with what it says captured; a program that cannot be run exits 126."""
        other = self.uid != os.geteuid()
        try:
            return subprocess.run(  # noqa: S603 - our own program and arguments
                command,
                user=self.uid if other else None,
                group=self.gid if other else None,
                extra_groups=() if other else None,
                env=clean_environment(),
                cwd="/",
                umask=0o077,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            return subprocess.CompletedProcess(command, 126, "", str(error))

    def can_enter(self, directory: Path) -> bool:
        """Whether this user gets into `directory`, or into the nearest parent that exists."""
        while not directory.exists():
            directory = directory.parent
        return self.run(["test", "-x", directory]).returncode == 0

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)


def clean_environment() -> dict[str, str]:
    """Our environment without what would turn PostgreSQL's programs elsewhere."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return ours | {"LC_ALL": "C"}


def server_user(data: Path | None = None) -> OsUser:
    """Who runs the server: whoever owns `data`, else we ourselves, but `nobody` when we are root."""
    me = OsUser.current()
    if me.uid != 0:
        return me
    owner = data.stat().st_uid if data is not None else 0
    if owner != 0:
        return OsUser._of(owner)
    nobody = pwd.getpwnam("nobody")
    return OsUser(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)


def own_directory(directory: Path, mode: int, user: OsUser | None = None) -> None:
    """Make `directory` with `mode` for `user` (us); one that stands there already must be theirs and no link.

    Raises PermissionError for a stranger's directory, as anybody may have laid one into /tmp.
    """
    me = OsUser.current()
    user = user or me
    try:
        directory.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user.uid, me.uid}:
            raise PermissionError(f"{directory} belongs to another user") from None
        if found.st_uid == user.uid and stat.S_IMODE(found.st_mode) == mode:
            return
    user.give(directory)
    directory.chmod(mode)
