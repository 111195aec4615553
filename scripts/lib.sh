# Sourced by the scripts beside it: settles in the repository, finds and installs what they need.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly solution=ManagedUprobe.sln configuration=Release artifact=artifacts/muprobe

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# missing_packages COMMAND=PACKAGE... (a COMMAND with a slash is a file): the packages whose command is not there, one a line.
missing_packages() {
    local pair
    for pair in "$@"; do
        case ${pair%%=*} in
            /*) [ -e "${pair%%=*}" ] || say "${pair#*=}" ;;
            *) command -v "${pair%%=*}" >/dev/null || say "${pair#*=}" ;;
        esac
    done | sort -u
}

install_packages() {
    say "installing Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "$@" >/dev/null; }
}

# have_packages required|wanted COMMAND=PACKAGE...: installs what is missing when root, else names the one command to run.
have_packages() {
    local need=$1 missing
    shift
    missing=$(missing_packages "$@" | paste -s -d ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 # one word a package
        install_packages $missing && return
        [ "$need" = wanted ] || die "could not install: $missing"
    elif [ "$need" = required ]; then
        die "missing; run: sudo apt-get install $missing"
    else
        say "missing (tests that need it are skipped); to have it, run: sudo apt-get install $missing"
    fi
}

have_sdk() {
    command -v dotnet >/dev/null || die "the .NET 10 SDK is missing (dotnet)"
    have_packages required gcc=gcc objcopy=binutils readelf=binutils /usr/include/stdio.h=libc6-dev
}

restore() {
    dotnet restore "$solution" --locked-mode --verbosity quiet
}

build_fixtures() {
    [ -e fixtures/Makefile ] || return 0
    have_packages required gcc=gcc g++=g++ make=make
    make -C fixtures --no-print-directory --quiet
}

# Makes $artifact, one file; expects a restored tree.
publish() {
    local folder=artifacts/publish
    dotnet publish src/muprobe --framework net9.0 --configuration "$configuration" --no-restore \
        --verbosity quiet --output "$folder"
    cp --remove-destination "$folder/muprobe" "$artifact"
    rm -rf "$folder"
    if readelf --dynamic --wide "$artifact" | grep -E '\((RPATH|RUNPATH)\)'; then
        die "$artifact has a run path: it would load libraries from folders that others may write to"
    fi
}

# Publishes when sources are newer than the artifact.
publish_if_old() {
    if [ ! -x "$artifact" ] || [ -n "$(find src Directory.* -newer "$artifact" -type f \
        -not -path '*/bin/*' -not -path '*/obj/*' -print -quit)" ]; then
        have_sdk
        say "building $artifact"
        restore
        publish
    fi
}
