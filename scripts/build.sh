# shellcheck shell=bash
# Builds server and browser parts, always together and with the same flags; sourced by ./run and ./test.

# build_app --debug|--release: sets SERVER to the program.
build_app() {
  local target stamp want
  target=$(target_dir)
  stamp=$target/clientele-built
  SERVER=$target/${1#--}/clientele
  want="$1 in $PWD with $(rustc -V) $(env | grep '^CARGO_TARGET_.*FLAGS' | sort)"
  # cargo-leptos splits and binds the WebAssembly again even if nothing changed, so it is not asked then. The stamp also
  # tells which build filled the site folder: debug and release share it.
  if [ -x "$SERVER" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && [ -z "$(newer_than "$stamp")" ]; then
    say "The build is fresh"
    return
  fi
  mkdir -p "$target"
  rm -f "$stamp"
  # Its time is that of the build's start: what is saved while it compiles must be built next time.
  echo "$want" >"$stamp.new"
  local start=$SECONDS long="10 min the first time, then under 1 min"
  if [ "$1" = --release ]; then long="20 min the first time"; fi
  say "Building Clientele (about $long)"
  if [ "$1" = --release ]; then
    cargo leptos build --split --release --precompress >&2
  else
    cargo leptos build --split >&2
  fi
  mv "$stamp.new" "$stamp"
  say "Built in $((SECONDS - start)) s"
}

# The first input of the build that changed after the file $1. Folders count too: a removed file changes only its folder.
newer_than() {
  local path
  local inputs=()
  for path in Cargo.toml Cargo.lock build.rs .cargo crates data/cdnow fonts locales migrations public src style templates; do
    if [ -e "$path" ]; then inputs+=("$path"); fi
  done
  find "${inputs[@]}" -newer "$1" -print -quit
}
