#!/bin/sh
# Sets up everything that `make run` (argument: run) or `make test` (argument: dev) needs on a Debian machine:
# system libraries, virtual environment, Python packages in the exact versions of constraints.txt.
# Does nothing in a fraction of a second when all is there. Says plainly what is missing where it may not install.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
venv=.venv

# Offscreen drawing needs these (each proved necessary by removal); a window under X needs the second row besides.
offscreen="libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 fonts-dejavu-core"
onscreen="libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-xkb1 libxkbcommon-x11-0 libxcb-randr0 libxcb-shape0"

say() { printf '%s\n' "setup: $*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi
}

# Those of its arguments that are not installed. Another package may stand for one (libglib2.0-0t64 for libglib2.0-0):
# what apt was content with and dpkg does not know by that name is kept in $provided.
missing_packages() {
    there=$(dpkg-query -W -f='${Package} ${Status}\n' "$@" 2>/dev/null || true)
    there="$there
$(cat "$provided" 2>/dev/null || true)
"
    for package in "$@"; do
        case "
$there" in *"
$package install ok installed
"*) ;; *) printf '%s ' "$package" ;; esac
    done
}

install_system() {
    command -v dpkg-query >/dev/null 2>&1 || return 0 # not a Debian: the program itself says what Qt could not load
    needed="$offscreen"
    # Tests look at the report as a person would; the virtual BLE bridge stands on a bus of its own; many terminals
    # meet their depot at a broker (its service is not wanted: it is ended again).
    [ "$want" = dev ] && needed="$needed poppler-utils dbus umockdev mosquitto"
    if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then needed="$needed $onscreen"; fi
    [ -x "$venv/bin/python" ] || python3 -c 'import ensurepip' 2>/dev/null || needed="$needed python3-venv"
    missing=$(missing_packages $needed)
    [ -n "$missing" ] || return 0
    say "installing system libraries: $missing"
    if as_root apt-get -o DPkg::Lock::Timeout=300 update -q >/dev/null 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing >/dev/null; then
        elsewhere=$(missing_packages $missing)
        case " $missing" in *" mosquitto "*) [ ! -d /run/systemd/system ] || as_root systemctl -q disable --now mosquitto || true ;; esac
        return 0
    fi
    say "may not install them here. Missing: $missing"
    say "ask an administrator for:  apt-get install $missing"
}

remember_provided() {
    for package in $elsewhere; do printf '%s install ok installed\n' "$package" >>"$provided"; done
}

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "Python 3.11 or newer is missing. On Debian 12: apt-get install python3 python3-venv"
    return 1
}

# System libraries are looked for each time: what could not be installed is tried again, a display that comes later needs
# more of them, and whoever removes one gets it back. The stamp is that of the Python packages.
provided="$venv/.system-provided"
elsewhere=""
install_system

stamp="$venv/.stamp-$want"
fingerprint=$(cat pyproject.toml constraints.txt packaging/setup.sh | cksum)
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$fingerprint" ]; then
    remember_provided
    exit 0
fi

python=$(find_python)
if [ ! -x "$venv/bin/python" ]; then
    say "making the virtual environment in $venv"
    "$python" -m venv "$venv" || {
        rm -rf "$venv"
        say "the virtual environment could not be made. On Debian: apt-get install python3-venv"
        exit 1
    }
fi
remember_provided
say "installing Python packages (about 100 MB the first time)"
extra=""
[ "$want" = dev ] && extra="[dev]"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-warn-script-location -c constraints.txt -e ".$extra" || {
    say "Python packages could not be installed. Check the network, then run the same command again."
    exit 1
}
printf '%s\n' "$fingerprint" >"$stamp"
[ "$want" = dev ] && printf '%s\n' "$fingerprint" >"$venv/.stamp-run"
exit 0
