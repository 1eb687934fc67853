#!/bin/sh
# What the tests of PDFs need: LibreOffice Writer and a Chinese serif. Found: exit 0. As root on Debian or Ubuntu:
# installed. Else exit 1; `tools/office.sh advice` says what to run.
install='apt-get install -y --no-install-recommends libreoffice-writer-nogui fonts-noto-cjk'

found() {
    command -v soffice >/dev/null 2>&1 || command -v libreoffice >/dev/null 2>&1 || return 1
    fc-list :lang=zh 2>/dev/null | grep -q . || return 1
}

if [ "$1" = advice ]; then
    echo "make test: all but the tests of PDFs ran. For those, run once as root:" >&2
    echo "    $install" >&2
    exit 1
fi
found && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 1
echo "setup: installing LibreOffice Writer and a Chinese font"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$install -qq >/dev/null 2>&1 || { apt-get update -qq >/dev/null && $install -qq >/dev/null; } || exit 1
found
