#!/bin/sh
# Print the first Python of at least 3.11 that can make virtual environments.
fit='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c "$fit" >/dev/null 2>&1; then
        command -v "$name"
        exit 0
    fi
done
cat >&2 <<'WORD'
setup: no Python of at least 3.11 with the modules venv and ensurepip was found
       (python3, python3.11 to python3.14 on PATH). On Debian and Ubuntu:
       apt-get install python3 python3-venv
WORD
exit 1
