#!/bin/sh
# Installs restante on Linux: sh install.sh --help
#
# Everything is in main, which the last line calls: a script that was cut on its way here does nothing.

set -eu

VERSION="0.1.0"
# Where the files of this release are, unless they are beside this script; the release's own copy may know it.
BASE_URL=""

CONFIG=/etc/restante/restante.toml
DATA=/var/lib/restante
OWNER=restante
UNIT=/etc/systemd/system/restante.service

usage() {
  cat <<TEXT
Installs restante $VERSION, a mediator for decentralised identities.

Usage: sh install.sh [flags]

As root it installs the executable, a user "$OWNER", $CONFIG,
$DATA, and a systemd service, and starts that. Run it again to upgrade: configuration
and data stay as they are, and the executable before is kept as restante.previous.
As anybody else it installs the executable alone; give --prefix.

  --public-url URL  the address under which wallets will reach it; for a new configuration
  --base-url URL    where the files of the release are, when not where this script is or was from
  --prefix DIR      install below DIR: DIR/bin/restante; /usr/local unless given
  --binary FILE     install this executable, and download nothing
  --no-service      leave systemd alone
  --dry-run         only say what would be done
  --uninstall       remove what was installed; configuration and data stay
  --purge           with --uninstall: also delete configuration, data and the user, for good
  --help            print this
TEXT
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
  warn "$@"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# Does it, or says it with --dry-run.
run() {
  if [ "$dry_run" = yes ]; then
    say "would run: $*"
  else
    "$@"
  fi
}

main() {
  public_url=""
  prefix=""
  binary=""
  service=yes
  dry_run=no
  task=install
  purge=no
  while [ $# -gt 0 ]; do
    case "$1" in
      --public-url=* | --base-url=* | --prefix=* | --binary=*)
        set_value "${1%%=*}" "${1#*=}"
        ;;
      --public-url | --base-url | --prefix | --binary)
        [ $# -ge 2 ] || die "$1 needs a value; --help says which."
        set_value "$1" "$2"
        shift
        ;;
      --no-service) service=no ;;
      --dry-run) dry_run=yes ;;
      --uninstall) task=uninstall ;;
      --purge) purge=yes ;;
      -h | --help)
        usage
        return 0
        ;;
      *) die "unknown argument $1; --help says what there is." ;;
    esac
    shift
  done

  root=no
  if [ "$(id -u)" = 0 ]; then root=yes; fi
  if [ "$root" = no ] && [ -z "$prefix" ]; then
    die "run it as root (sudo sh install.sh), or give a folder of your own: --prefix \"\$HOME/.local\""
  fi
  if [ "$purge" = yes ] && [ "$task" != uninstall ]; then die "--purge goes with --uninstall."; fi
  prefix="${prefix:-/usr/local}"
  case "$prefix" in
    /*) ;;
    *) prefix="$(pwd)/$prefix" ;;
  esac
  program="$prefix/bin/restante"

  if [ "$task" = uninstall ]; then
    uninstall
    return 0
  fi
  install_release
}

set_value() {
  [ -n "$2" ] || die "$1 needs a value; --help says which."
  case "$1" in
    --public-url) public_url="$2" ;;
    --base-url) BASE_URL="${2%/}" ;;
    --prefix) prefix="${2%/}" ;;
    --binary) binary="$2" ;;
  esac
}

install_release() {
  check_machine
  # Executable, manual page and completions are for everybody, whatever root's own files are.
  umask 022
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 1' HUP INT TERM
  manual=""
  if [ -n "$binary" ]; then
    [ -f "$binary" ] || die "there is no file $binary."
    cp "$binary" "$scratch/restante"
    chmod 755 "$scratch/restante"
  else
    fetch_release
  fi

  if [ "$dry_run" = no ]; then
    # The first time that anything of it runs: its checksum was right.
    if ! said="$("$scratch/restante" version 2>&1)"; then
      warn "the executable does not start here, so nothing was installed: $said"
      if [ "$libc" = musl ]; then warn "On Alpine it needs libstdc++: apk add libstdc++"; fi
      exit 1
    fi
    say "$said"
    if [ -n "$public_url" ] && ! said="$("$scratch/restante" config check --public-url "$public_url" 2>&1)"; then
      die "nothing was installed: $said"
    fi
  fi

  place_program
  if [ "$root" = no ]; then
    say "Installed $program. To run a mediator in this folder: $program serve"
    return 0
  fi
  place_user
  place_config
  place_service
}

# The programs that run here decide, not the kernel: a 64-bit kernel may carry a 32-bit system.
check_machine() {
  [ "$(uname -s)" = Linux ] || die "this installs on Linux only; elsewhere, run it with Bun from a clone."
  machine="$(uname -m)"
  bits="$(userland_bits)"
  if [ "$bits" != 64 ]; then
    warn "restante needs a 64-bit system, and this one is 32-bit (the kernel says $machine)."
    case "$machine" in
      aarch64 | arm64 | armv7l | armv8l)
        warn "A Raspberry Pi 3, 4, 5 or Zero 2 can run one: write \"Raspberry Pi OS Lite (64-bit)\" to the card"
        warn "with Raspberry Pi Imager, and run this again there."
        ;;
      *) warn "If the processor is a 64-bit one, install the 64-bit edition of your system." ;;
    esac
    exit 1
  fi
  libc="$(libc_here)"
  case "$machine" in
    x86_64 | amd64) target=linux-x64 ;;
    aarch64 | arm64) target=linux-arm64 ;;
    *) die "there is no release for $machine; there are x86_64 and arm64." ;;
  esac
  if [ "$libc" = musl ]; then
    target="$target-musl"
  elif [ "$target" = linux-x64 ] && ! grep -qw avx2 /proc/cpuinfo; then
    target=linux-x64-baseline
  fi
}

userland_bits() {
  if has getconf; then
    getconf LONG_BIT
  elif [ "$(od -An -tu1 -j4 -N1 /proc/self/exe | tr -d ' ')" = 2 ]; then
    # The fifth byte of any ELF program of this system: 1 is 32-bit, 2 is 64-bit.
    say 64
  else
    say 32
  fi
}

libc_here() {
  if has getconf; then
    if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then say glibc; else say musl; fi
  elif ls /lib/ld-musl-*.so.1 >/dev/null 2>&1; then
    say musl
  else
    say glibc
  fi
}

fetch_release() {
  if [ -z "$BASE_URL" ] && [ -f "$0" ] && [ -f "$(dirname "$0")/SHA256SUMS" ]; then
    BASE_URL="$(cd "$(dirname "$0")" && pwd)"
  fi
  [ -n "$BASE_URL" ] || die "this copy does not know where the release is: give --base-url URL, or --binary FILE."
  name="restante-$VERSION-$target"
  if [ "$dry_run" = yes ]; then
    say "would download and check: $BASE_URL/$name.tar.xz"
    return 0
  fi
  case "$BASE_URL" in
    /* | https://* | http://localhost[:/]* | http://127.0.0.1[:/]*) ;;
    *) warn "$BASE_URL is not https: whoever is on the way could have changed what comes from there." ;;
  esac
  # Known before 30 MB are on their way.
  has xz || has unxz || die "xz is missing; on Debian and Raspberry Pi OS: apt-get install xz-utils"
  has tar || die "tar is missing; install it with your system's package manager."
  sha256 /dev/null >/dev/null

  say "Fetching $name"
  download "$BASE_URL/SHA256SUMS" "$scratch/SHA256SUMS"
  wanted="$(awk -v file="$name.tar.xz" '$2 == file { print $1 }' "$scratch/SHA256SUMS")"
  [ "${#wanted}" = 64 ] || die "SHA256SUMS at $BASE_URL does not name $name.tar.xz: is it the release $VERSION?"
  download "$BASE_URL/$name.tar.xz" "$scratch/$name.tar.xz"
  got="$(sha256 "$scratch/$name.tar.xz")"
  [ "$got" = "$wanted" ] || die "$name.tar.xz is not what SHA256SUMS says, so nothing was installed. Try again.
  expected $wanted
  got      $got"

  unpack "$scratch/$name.tar.xz" || die "$name.tar.xz cannot be unpacked, so nothing was installed."
  mv "$scratch/$name/restante" "$scratch/restante"
  manual="$scratch/$name/restante.1"
}

download() {
  if [ -f "$1" ]; then
    cp "$1" "$2"
  elif has curl; then
    curl --fail --silent --show-error --location --connect-timeout 20 --retry 2 --output "$2" "$1" ||
      die "$1 could not be downloaded; nothing was installed."
  elif has wget; then
    # No -T: with it, the wget of busybox 1.35 crashes.
    wget -q -t 2 -O "$2" "$1" || die "$1 could not be downloaded; nothing was installed."
  else
    die "curl or wget is needed; on Debian and Raspberry Pi OS: apt-get install curl"
  fi
}

# The SHA-256 of a file in hexadecimal.
sha256() {
  if has sha256sum; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif has busybox && busybox sha256sum /dev/null >/dev/null 2>&1; then
    busybox sha256sum "$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else
    die "sha256sum or openssl is needed to check what was downloaded; install one of them."
  fi
}

# Without a pipe, whose first half could fail unnoticed.
unpack() {
  if has xz; then xz -d "$1"; else unxz "$1"; fi && tar -xf "${1%.xz}" -C "$scratch"
}

place_program() {
  run mkdir -p "$prefix/bin" "$prefix/share/man/man1"
  if [ "$dry_run" = no ] && [ -f "$program" ] && cmp -s "$program" "$scratch/restante"; then
    say "$program is this one already."
  else
    # Beside its place first, so that a full disk leaves the old one whole; then put there in one step.
    run cp "$scratch/restante" "$program.new"
    run chmod 755 "$program.new"
    if [ -f "$program" ]; then run cp -p "$program" "$program.previous"; fi
    run mv -f "$program.new" "$program"
  fi
  if [ -n "$manual" ]; then run cp "$manual" "$prefix/share/man/man1/restante.1"; fi
  place_completion bash "$prefix/share/bash-completion/completions/restante"
  place_completion zsh "$prefix/share/zsh/site-functions/_restante"
  place_completion fish "$prefix/share/fish/vendor_completions.d/restante.fish"
}

place_completion() {
  if [ "$dry_run" = yes ]; then
    say "would write: $2"
  elif "$program" completions "$1" >"$scratch/completion" 2>/dev/null; then
    mkdir -p "$(dirname "$2")"
    cp "$scratch/completion" "$2"
  fi
}

place_user() {
  if id -u "$OWNER" >/dev/null 2>&1; then return 0; fi
  nologin=/usr/sbin/nologin
  [ -x "$nologin" ] || nologin=/sbin/nologin
  if has useradd; then
    run useradd --system --user-group --home-dir "$DATA" --no-create-home --shell "$nologin" "$OWNER"
  else
    run addgroup -S "$OWNER"
    run adduser -S -D -H -h "$DATA" -s "$nologin" -G "$OWNER" "$OWNER"
  fi
}

place_config() {
  run mkdir -p "$DATA"
  if [ -e "$CONFIG" ]; then
    say "$CONFIG is kept as it is."
    if [ -n "$public_url" ]; then warn "--public-url is only for a new configuration: see server.public_url in $CONFIG."; fi
  else
    run mkdir -p "${CONFIG%/*}"
    run chmod 755 "${CONFIG%/*}"
    set -- init --config "$CONFIG" --data-dir "$DATA"
    if [ -n "$public_url" ]; then set -- "$@" --public-url "$public_url"; fi
    if [ "$dry_run" = yes ]; then
      say "would run: $program $*"
    else
      # What it advises to do next is what is done here.
      "$program" "$@" >/dev/null
      say "Wrote $CONFIG, and an identity to $DATA."
    fi
    # Its group may read it: it may come to hold secrets.
    run chown "root:$OWNER" "$CONFIG"
    run chmod 640 "$CONFIG"
  fi
  run chown -R "$OWNER:$OWNER" "$DATA"
  run chmod 700 "$DATA"
}

place_service() {
  if [ "$service" = no ] || [ ! -d /run/systemd/system ]; then
    say "Installed $program, without a service. Have your system run, as user $OWNER:"
    say "  $program serve --config $CONFIG"
    return 0
  fi
  run "$program" service install --config "$CONFIG" --user "$OWNER"
  say ""
  say "Next"
  say "  - Make the first admin: sudo -u $OWNER $program admin create NAME --config $CONFIG"
  say "  - Change the settings:  sudo nano $CONFIG && sudo systemctl restart restante"
  say "  - Put a proxy with https in front: $program proxy print caddy --config $CONFIG"
}

uninstall() {
  if [ "$root" = yes ] && [ "$service" = yes ] && [ -f "$UNIT" ]; then
    if has systemctl; then
      run systemctl disable --now restante.service || warn "the service could not be stopped."
    fi
    run rm -f "$UNIT"
    if has systemctl; then run systemctl daemon-reload || true; fi
  fi
  run rm -f "$program" "$program.new" "$program.previous" "$prefix/share/man/man1/restante.1" \
    "$prefix/share/bash-completion/completions/restante" "$prefix/share/zsh/site-functions/_restante" \
    "$prefix/share/fish/vendor_completions.d/restante.fish"
  if [ "$root" = no ]; then
    say "Removed $program."
  elif [ "$purge" = yes ]; then
    run rm -rf "${CONFIG%/*}" "$DATA"
    if id -u "$OWNER" >/dev/null 2>&1; then
      if has userdel; then run userdel "$OWNER"; else run deluser "$OWNER"; fi
    fi
    say "Removed $program, its configuration and its data."
  else
    say "Removed $program. $CONFIG and $DATA are kept; --uninstall --purge deletes them."
  fi
}

main "$@"
