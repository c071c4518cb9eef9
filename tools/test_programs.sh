#!/bin/sh
# The programs that tests run for real: a browser, LibreOffice, a PostgreSQL that is not ours, a pooler.
set -eu
missing=""
chromium=${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium || command -v google-chrome || true)}
[ -n "$chromium" ] || missing="$missing chromium chromium-headless-shell fonts-noto-cjk"
command -v soffice >/dev/null || missing="$missing libreoffice-calc"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
test -x /usr/sbin/pgbouncer || command -v pgbouncer >/dev/null || missing="$missing pgbouncer"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "安装测试要用的程序：$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
else
    echo "缺少测试要用的程序，请先安装：apt install$missing" >&2
    exit 1
fi
