#!/bin/sh
# All that is to be known of a GPU, in some minutes: whether what runs on it is right, and how fast.
#
#     PYTHON=python3 benchmarks/gpu.sh RESULTS
#
# Into the folder RESULTS go tests.log, tests.xml, gpu.log, gpu.json, variants.log and variants.json.
# A part that takes too long is ended, and the next one begins.
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-python3}
out=${1:-gpu-results}
mkdir -p "$out"
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2

limit=
$python -c "import pytest_timeout" 2>/dev/null && limit=--timeout=60
timeout -k 5 "${TESTS:-170}" $python -m pytest tests/gpu -n "${JOBS:-14}" -rfE --tb=short \
    -p no:cacheprovider $limit --junitxml="$out/tests.xml" >"$out/tests.log" 2>&1
tail -n 40 "$out/tests.log" | cut -c 1-200

timeout -k 5 $((${BUDGET:-240} + 30)) $python benchmarks/gpu.py --budget "${BUDGET:-240}" \
    --jobs "${JOBS:-14}" --json "$out/gpu.json" 2>"$out/gpu.err" | tee "$out/gpu.log"

timeout -k 5 $((${VARIANTS:-60} + 15)) $python benchmarks/gpu_variants.py \
    --budget "${VARIANTS:-60}" --json "$out/variants.json" 2>"$out/variants.err" |
    tee "$out/variants.log"
