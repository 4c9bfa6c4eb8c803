#!/usr/bin/env bash
# ./demo shows what it promises, and leaves nothing behind.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

shown() {
	says "$1" "$2" cat "$work/demo.log"
}

mkdir "$work/tmp"
check "the demo runs to its end" env TMPDIR="$work/tmp" BUILD_DIR="$BUILD_DIR" KUBECTL="$KUBECTL" "$(dirname "$0")/../../demo"
cp "$work/out" "$work/demo.log"
shown "a job finishes, its log read from the task's sandbox" 'pi is about 3.14'
shown "a pod that cannot fit says why" 'FailedScheduling.*cpus short on 3'
shown "a pod crash-loops" 'crash .*CrashLoopBackOff'
shown "a replica set survives the loss of an agent" 'four copies again, none on agent'
shown "it cleans up" 'no pod is left'
says "nothing is left in the file system" '^0$' sh -c "ls '$work/tmp' | wc -l"
refuses "what it does not know it refuses" 'usage: .*--stay' "$(dirname "$0")/../../demo" --fly
e2e_end
