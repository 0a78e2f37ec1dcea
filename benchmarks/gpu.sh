#!/bin/sh
# All that is to be known of a GPU, in some minutes: whether what runs on it is right, and how fast.
#
#     PYTHON=python3 benchmarks/gpu.sh RESULTS
#     SELECT="elementwise or scatters" ONLY=conv,rnn FIRST=rnn WITHOUT=compile benchmarks/gpu.sh RESULTS
#
# The second line runs only those tests (pytest's -k) and those cases (gpu.py's --only and --first),
# and not those systems (--without). TESTS, BUDGET and VARIANTS are seconds for the three parts; a
# part of 0 seconds is left out. TIMEOUT is the seconds that one step of a case may take.
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
if [ "${TESTS:=170}" -gt 0 ]; then
    timeout -k 5 "$TESTS" $python -m pytest tests/gpu -k "${SELECT:-test}" -n "${JOBS:-14}" \
        -rfE --tb=short -p no:cacheprovider $limit --junitxml="$out/tests.xml" \
        >"$out/tests.log" 2>&1
    tail -n 40 "$out/tests.log" | cut -c 1-200
fi

if [ "${BUDGET:=240}" -gt 0 ]; then
    timeout -k 5 $((BUDGET + 30)) $python benchmarks/gpu.py --budget "$BUDGET" \
        --only "$ONLY" --first "$FIRST" --without "$WITHOUT" --timeout "${TIMEOUT:-60}" \
        --jobs "${JOBS:-14}" --json "$out/gpu.json" 2>"$out/gpu.err" | tee "$out/gpu.log"
fi

if [ "${VARIANTS:=60}" -gt 0 ]; then
    timeout -k 5 $((VARIANTS + 15)) $python benchmarks/gpu_variants.py --budget "$VARIANTS" \
        --only "$ONLY" --first "$FIRST" --json "$out/variants.json" \
        2>"$out/variants.err" | tee "$out/variants.log"
fi
