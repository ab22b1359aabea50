#!/usr/bin/env bash
# Makes sure that everything needed to build and test is on this machine, then prints the environment to build in:
#     eval "$(scripts/toolchain.sh)"
# ./run and ./test do that by themselves. What it installs for itself goes to ${CLIENTELE_CACHE:-~/.cache/clientele}; the
# system is changed only by apt-get, and only when something is missing. The second call takes well under a second.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

CARGO_LEPTOS=0.3.11
BINARYEN=132.0.0 # has wasm-opt
# wasm-bindgen's command must be of exactly the version of its crate.
WASM_BINDGEN=$(sed -n 's/^wasm-bindgen = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml)
[ -n "$WASM_BINDGEN" ] || die 'Cargo.toml must pin wasm-bindgen exactly, as in: wasm-bindgen = "=0.2.130"'

tools=$CACHE/tools
stamp=$tools/ready
path=$tools/bin:$tools/lld:$tools/npm/node_modules/.bin
on_debian() { [ -x /usr/bin/apt-get ]; }

main() {
  mkdir -p "$tools/bin" "$tools/lld" "$CACHE/log"
  local system=""
  if [ -e "$tools/system-rust" ]; then system=$tools/rust:; fi
  export PATH=$system$path:$PATH
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
    # Two first starts at once would spoil each other's work.
    if have flock; then exec 9>"$tools/lock" && flock 9; fi
    ensure_basics
    ensure_rust
    ensure_lld
    ensure_npm_tools
    ensure_wasm_bindgen
    ensure_cargo_leptos
    fingerprint >"$stamp"
  fi
  print_environment
}

# Changes when a tool has to be looked at again: a new compiler, a new pin, a removed cache.
fingerprint() {
  local tool
  for tool in wasm-bindgen cargo-leptos; do [ -x "$tools/bin/$tool" ] || tool_missing=1; done
  [ -x "$tools/npm/node_modules/.bin/wasm-opt" ] || tool_missing=1
  if [ -n "${tool_missing:-}" ]; then echo "something is missing"; return; fi
  echo "wasm-bindgen $WASM_BINDGEN, cargo-leptos $CARGO_LEPTOS, binaryen $BINARYEN, $(rustc -V 2>/dev/null), $(rustc --print sysroot 2>/dev/null)"
}

ensure_basics() {
  have cc || die "No C compiler (cc) found; SQLite is compiled from C." \
    "Debian/Ubuntu: apt-get install gcc libc6-dev    macOS: xcode-select --install"
  have curl || die "curl not found." "Debian/Ubuntu: apt-get install curl    macOS: brew install curl"
  if ! have cargo && ! on_debian; then
    die "No Rust (cargo) found." "Install it from https://rustup.rs, open a new shell and start again."
  fi
}

# --- Rust that can compile for the browser -----------------------------------------------------------------------

ensure_rust() {
  if wasm_works; then return; fi
  if have rustup; then
    # A machine without rustup's download server must not wait for its retries.
    if RUSTUP_MAX_RETRIES=0 step "Adding Rust's WebAssembly target" "10 s" \
      with_timeout 180 rustup target add wasm32-unknown-unknown && wasm_works; then return; fi
    say "rustup could not bring the WebAssembly target"
  fi
  if on_debian && apt_has rustc-web; then
    use_debians_rust
    wasm_works || die "Debian's Rust cannot compile WebAssembly; see $CACHE/log."
  else
    die "This Rust cannot compile for wasm32-unknown-unknown." \
      "Run: rustup target add wasm32-unknown-unknown   (rustup: https://rustup.rs, or brew install rustup)"
  fi
}

# The proof is a small program: it needs the target's standard library and a linker for it.
wasm_works() {
  local dir ok=1
  have rustc || return 1
  dir=$(mktemp -d)
  echo '#[unsafe(no_mangle)] pub extern "C" fn f() -> usize { format!("{}", 42).len() }' >"$dir/w.rs"
  rustc --edition 2024 --target wasm32-unknown-unknown --crate-type cdylib --out-dir "$dir" "$dir/w.rs" 2>/dev/null || ok=0
  rm -rf "$dir"
  [ $ok = 1 ]
}

# Debian keeps a current compiler for its browsers (rustc-web); only the target's standard library has to be compiled.
use_debians_rust() {
  local tool
  apt_install "Debian's Rust" "1 min" rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rustfmt-web rust-web-clippy
  mkdir -p "$tools/rust"
  # Links to these programs alone: putting all of /usr/bin first would hide the user's other programs.
  for tool in rustc cargo rustdoc rustfmt cargo-fmt clippy-driver cargo-clippy; do
    ln -sf "/usr/bin/$tool" "$tools/rust/$tool"
  done
  touch "$tools/system-rust"
  export PATH=$tools/rust:$PATH
  wasm_works || step "Compiling Rust's standard library for WebAssembly" "1 min" build_wasm_std
}

build_wasm_std() {
  local dir lib
  dir=$(mktemp -d)
  lib=$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib
  mkdir -p "$dir/src"
  touch "$dir/src/lib.rs"
  printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2024"\n' >"$dir/Cargo.toml"
  (cd "$dir" && CARGO_TARGET_DIR=target RUSTC_BOOTSTRAP=1 cargo build --release --target wasm32-unknown-unknown \
    -Zbuild-std=std,panic_abort,panic_unwind) || return 1
  rm -f "$dir"/target/wasm32-unknown-unknown/release/deps/libnothing-*
  as_root mkdir -p "$lib"
  # Two versions of the standard library side by side would be an error.
  as_root find "$lib" -name '*.rlib' -delete
  as_root cp "$dir"/target/wasm32-unknown-unknown/release/deps/*.rlib "$lib/" || return 1
  rm -rf "$dir"
}

# lld links the server several times faster than GNU ld. Debian names it by version; compilers look for "ld.lld".
ensure_lld() {
  local lld
  rm -f "$tools/lld/ld.lld"
  lld=$(find /usr/bin -name 'ld.lld*' 2>/dev/null | sort -V | tail -n 1)
  if [ "$(uname)" = Linux ] && [ -n "$lld" ]; then ln -s "$lld" "$tools/lld/ld.lld"; fi
}

# --- tools -------------------------------------------------------------------------------------------------------

ensure_npm_tools() {
  if ! have npm; then
    if on_debian; then apt_install "Node.js" "1 min" nodejs npm; else die "Node.js not found." "macOS: brew install node"; fi
  fi
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || die "Node.js $(node -v) is too old: 18 or newer is needed."
  case $(wasm-opt --version 2>/dev/null) in "wasm-opt version ${BINARYEN%%.*} "*) return ;; esac
  step "Installing wasm-opt $BINARYEN" "10 s" npm install --prefix "$tools/npm" --no-save --no-audit --no-fund "binaryen@$BINARYEN" ||
    give_up "npm could not install binaryen."
}

ensure_wasm_bindgen() {
  if [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $WASM_BINDGEN" ]; then return; fi
  binstall "wasm-bindgen-cli@$WASM_BINDGEN" ||
    step "Compiling wasm-bindgen $WASM_BINDGEN" "3 min" cargo_install wasm-bindgen-cli --version "$WASM_BINDGEN" ||
    give_up "wasm-bindgen-cli could not be compiled."
}

# Its lock file names a crate that asks for a newer compiler than it needs: 1.95 compiles all of it, hence
# --ignore-rust-version.
ensure_cargo_leptos() {
  if [ "$("$tools/bin/cargo-leptos" --version 2>/dev/null)" = "cargo-leptos $CARGO_LEPTOS" ]; then return; fi
  binstall "cargo-leptos@$CARGO_LEPTOS" ||
    step "Compiling cargo-leptos $CARGO_LEPTOS" "10 min, once" cargo_install cargo-leptos --version "$CARGO_LEPTOS" --locked --ignore-rust-version ||
    give_up "cargo-leptos could not be compiled."
}

# Ready-made programs, for those who have cargo-binstall and its download servers.
binstall() {
  have cargo-binstall || return 1
  step "Downloading $1" "10 s" with_timeout 60 cargo-binstall --no-confirm --disable-strategies compile --root "$tools" "$1"
}

# The tools run for seconds: compiling them fast matters more than their own speed.
cargo_install() {
  local build=$tools/build rc=0
  env -u RUSTFLAGS CARGO_TARGET_DIR="$build" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 cargo install --force --root "$tools" "$@" || rc=$?
  if [ $rc = 0 ]; then rm -rf "$build"; fi
  return $rc
}

# --- the environment to build in ---------------------------------------------------------------------------------

# The same flags for check, build and test, or cargo would compile everything twice; so cargo-leptos is told not to add
# its own (disable-erase-components). erase_components: type-erased views compile much faster and make smaller
# WebAssembly; server and browser must agree on it. LEPTOS_OUTPUT_NAME: leptos reads it when it is compiled.
# A RUSTFLAGS variable would replace all these flags.
print_environment() {
  local host flags="--cfg=erase_components" target
  host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
  target=$(target_dir)
  cat <<EOF
export PATH=$(printf %q "$PATH")
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='$flags'
export CARGO_TARGET_${host}_RUSTFLAGS='$flags$([ ! -e "$tools/lld/ld.lld" ] || echo ' -Clink-arg=-fuse-ld=lld')'
export LEPTOS_OUTPUT_NAME=clientele LEPTOS_SITE_PKG_DIR=pkg LEPTOS_SITE_ROOT=$(printf %q "$target/site")
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
EOF
}

main
