# Sets up .venv from uv.lock. Sourced by scripts/assess and scripts/test, which set:
#   root   the checkout
#   want   run (what `assess` needs) or test (the same and the tools for working on it)
#
# What was set up is noted in .venv/ready-run and .venv/ready-test, so the next call costs two small
# processes and no network. All messages go to standard error: `assess -o -` prints JSON.

uv_version=0.13.9
pango_packages='libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0'

# Where this is set, Python compiles every library anew on every start: a second, each time.
unset PYTHONDONTWRITEBYTECODE

say() { echo "$*" >&2; }

# The folder is part of it, for a virtual environment that was moved or copied does not work.
lock_state() { (cd "$root" && echo "$root" && cksum pyproject.toml uv.lock scripts/env.sh); }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
    may_install || return 1
    say "Installing $*"
    # A fresh machine has no package lists; they are fetched only if that is what is wrong.
    for attempt in first second; do
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" \
            </dev/null >"$root/.tools/apt.log" 2>&1 && return 0
        [ $attempt = second ] || apt-get update -qq >"$root/.tools/apt.log" 2>&1 || break
    done
    cat "$root/.tools/apt.log" >&2
    return 1
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    say 'Python 3.11 or newer was not found; on Debian 12 type:  sudo apt-get install -y python3-pip'
    exit 1
}

# uv gets a virtual environment of its own, since it could not replace itself in the one it fills.
# Debian refuses `pip install` outside a virtual environment and has no ensurepip to put pip into
# one: an empty environment filled by the system's pip is what works there.
install_uv() {
    uv=$root/.tools/bin/uv
    [ "$("$uv" --version 2>/dev/null | cut -d ' ' -f 2)" = "$uv_version" ] && return
    say "Fetching uv $uv_version"
    mkdir -p "$root/.tools"
    if "$python" -m pip --version >/dev/null 2>&1 ||
        { ! "$python" -c 'import ensurepip' 2>/dev/null && apt_install python3-pip; }; then
        "$python" -m venv --clear --without-pip "$root/.tools"
        "$python" -m pip --python "$root/.tools/bin/python" install \
            --quiet --disable-pip-version-check "uv==$uv_version" >&2
    elif "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv --clear "$root/.tools"
        "$root/.tools/bin/python" -m pip install \
            --quiet --disable-pip-version-check "uv==$uv_version" >&2
    else
        say 'pip is needed; type:  sudo apt-get install -y python3-pip'
        exit 1
    fi
}

sync() {
    # Inexact leaves the tools for tests alone when only `assess` is wanted.
    case $want in
        run) set -- --inexact ;;
        test) set -- --extra dev ;;
    esac
    say "Setting up $root/.venv"
    # The system's certificates: networks of ministries and banks often have one of their own.
    # The system's Python: the others that uv would fetch come from a place such networks block.
    UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1} UV_PROJECT_ENVIRONMENT="$root/.venv" VIRTUAL_ENV='' \
        UV_PYTHON_DOWNLOADS=never "$uv" sync --project "$root" --python "$python" --locked --quiet "$@"
}

# WeasyPrint draws with Pango. Without harfbuzz-subset it works, but takes ten times as long.
has_pango() {
    "$root/.venv/bin/python" -c '
import ctypes, sys
if sys.platform == "linux":
    for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"):
        ctypes.CDLL(f"lib{name}.so.0")' 2>/dev/null
}

check_pango() {
    [ -e "$root/.venv/ready-pango" ] && return
    # shellcheck disable=SC2086 # one word for each package
    if has_pango || { [ "$1" = install ] && apt_install $pango_packages && has_pango; }; then
        : >"$root/.venv/ready-pango"
    elif command -v apt-get >/dev/null; then
        say "PDFs need Pango; type:  sudo apt-get install -y $pango_packages"
    else
        say 'PDFs need Pango and harfbuzz-subset; install them with the package manager of this system.'
    fi
}

state=$(lock_state)
if [ -x "$root/.venv/bin/python" ] && [ "$(cat "$root/.venv/ready-$want" 2>/dev/null)" = "$state" ]; then
    check_pango look
else
    find_python
    install_uv
    sync
    check_pango install
    [ "$want" = run ] || echo "$state" >"$root/.venv/ready-run"
    echo "$state" >"$root/.venv/ready-$want"
fi
