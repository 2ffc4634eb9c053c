#!/bin/sh
# Installs headless Chromium for the gallery's tests, where it is missing and can be had.
for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -n "$LOOKALIKE_CHROMIUM" ] && [ -x "$LOOKALIKE_CHROMIUM" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    if $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
        echo "setup: installed chromium for the gallery's tests"
        exit 0
    fi
fi
echo "setup: no Chromium here and none could be installed; the gallery's browser tests will skip."
echo "       Install Chromium or Chrome, or name one in LOOKALIKE_CHROMIUM, to run them."
[ -z "$CI" ]
