# Sourced by bin/run, bin/test and bin/bench: finds a Python, creates the virtual environment, changes to the root.
# shellcheck shell=bash

fail() {
    echo "$1 / $2" >&2
    exit 1
}

find_python() {
    local name lacks_venv=
    for name in python3.13 python3.12 python3.11 python3 python; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            PYTHON=$name
            return
        fi
        lacks_venv=$name
    done
    if [ -n "$lacks_venv" ]; then
        fail "$lacks_venv has no venv module: install it first (Debian: apt-get install python3-venv)." \
            "$lacks_venv 缺少 venv 模块，请先安装（Debian：apt-get install python3-venv）。"
    fi
    fail "Xiaoer needs Python 3.11 or newer, and none was found on this machine." \
        "小二需要 Python 3.11 或更新版本，本机没有找到。"
}

# A relative XIAOER_VAR is relative to the folder of the caller. Without this it would be relative to the root.
case "${XIAOER_VAR:-}" in
    "" | /*) ;;
    *) export XIAOER_VAR="$PWD/$XIAOER_VAR" ;;
esac

enter_environment() { # $1: the requirements file
    cd "$ROOT"
    unset PYTHONDONTWRITEBYTECODE # without compiled files every process would compile all modules again
    VENV=${XIAOER_VENV:-$ROOT/.venv}
    if [ -z "${XIAOER_VENV:-}" ]; then
        find_python
        "$PYTHON" -m bin.virtualenv "$1"
    fi
    export PATH="$VENV/bin:$PATH"
}
