# Sourced after lib.sh by what sends much through the kubelet port: memory of both ends, copies, processes in containers.
# shellcheck shell=bash

# Memory that is freed is to be seen as such, where the sanitizers would keep it for a while.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4

# From now on the peak counts.
forget_peaks() {
	echo 5 >"/proc/$adapter_pid/clear_refs"
	echo 5 >"/proc/$sandbox_pid/clear_refs"
	adapter_before=$(resident "$adapter_pid")
	sandbox_before=$(resident "$sandbox_pid")
}

# Resident memory of a process in KiB, now and at most: resident PID [VmHWM]
resident() {
	sed -nE "s/^${2:-VmRSS}:[[:space:]]*([0-9]+) kB/\\1/p" "/proc/$1/status"
}

# By how many MiB the adapter and the sandbox grew at most since forget_peaks.
growth() {
	adapter_grew=$((($(resident "$adapter_pid" VmHWM) - adapter_before) / 1024))
	sandbox_grew=$((($(resident "$sandbox_pid" VmHWM) - sandbox_before) / 1024))
	echo "adapter: $adapter_before KiB and $adapter_grew MiB more at most; sandbox: $sandbox_before KiB and $sandbox_grew MiB more"
}

# grew_less MIB: neither did by more than that.
grew_less() {
	growth
	[ "$adapter_grew" -lt "$1" ] && [ "$sandbox_grew" -lt "$1" ]
}

# Processes of this machine whose command line contains this, which only this run has: a path below $work.
running() {
	pgrep -f -- "$1" | while read -r pid; do
		tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'kubectl\|pgrep' || echo "$pid"
	done
}

is_running() {
	[ -n "$(running "$1")" ]
}

is_gone() {
	[ -z "$(running "$1")" ]
}

# stands_still FILE: the count in this file (/proc/PID/io, say) is the same a second later.
stands_still() {
	local before
	before=$(cat "$1") && sleep 1 && [ "$before" = "$(cat "$1")" ]
}
