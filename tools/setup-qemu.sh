#!/bin/sh
# Installs qemu for the tests of the arm64 kernels, where it is missing and can be had.
case "$(uname -m)" in aarch64 | arm64) exit 0 ;; esac
command -v qemu-aarch64 >/dev/null 2>&1 && exit 0

if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    if $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends qemu-user >/dev/null; then
        echo "setup: installed qemu-user for the tests of the arm64 kernels"
        exit 0
    fi
fi
echo "setup: no qemu-aarch64 here and none could be installed; the arm64 kernels will not be tested."
