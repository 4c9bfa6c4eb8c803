# What is not as it should be when nothing happens any more; nothing is said when all is well.
# $pods, $sets, $jobs, $nodes: lists of the API server; $mesos: the master's GET_STATE; $processes: ids of tasks that have
# a process.

def sums: reduce .[] as $r ({}; if $r.scalar then .[$r.name] += $r.scalar.value else . end)
	| map_values(. * 1000 | round) | with_entries(select(.value != 0));
def uid: split(".")[0];
def live: .state as $s | ["TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING"] | index($s) != null;

($mesos.get_tasks.tasks // []) as $tasks
| ($mesos.get_executors.executors // []) as $executors
| [$tasks[] | select(live) | .task_id.value] as $live
| ([$pods.items[] | {key: .metadata.uid, value: .}] | from_entries) as $by_uid

# Containers that come and go all the time; what is asked at different moments does not agree about them.
| ([$pods.items[] | select(.metadata.name | test("^(crash|group)-")) | .metadata.uid]) as $restless
| ([$live[] | select(uid | IN($restless[]) | not)]) as $live_calm
| ([$processes[] | select(uid | IN($restless[]) | not)]) as $processes_calm

| ($pods.items[]
	| "pod \(.metadata.name) \(.metadata.uid)" as $pod
	| .metadata.uid as $uid
	| if .metadata.deletionTimestamp then "\($pod) is still being deleted"
	  elif .status.phase == "Succeeded" or .status.phase == "Failed" then
		($live[] | select(uid == $uid) | "\($pod) is over, and \(.) is live")
	  elif .status.phase == "Pending" then
		if .metadata.name | startswith("large-") then
			if any(.status.conditions[]?; .type == "PodScheduled" and .status == "False" and .message) then empty
			else "\($pod) is Pending without a reason" end
		else "\($pod) is Pending" end
	  elif .status.phase == "Running" then
		($uid | IN($restless[])) as $restless
		| (.status.containerStatuses[]
			| .name as $c
			| if .state.waiting then
				if $restless and .state.waiting.reason == "CrashLoopBackOff" then empty
				else "\($pod): \($c) waits: \(.state.waiting.reason) \(.state.waiting.message)" end
			  elif $restless then empty
			  elif .state.terminated then "\($pod): \($c) ended"
			  elif any($live[]; startswith("\($uid).\($c).")) then empty
			  else "\($pod): \($c) has no task" end)
	  else "\($pod) has the phase \(.status.phase)" end),

  ($live[] | select($by_uid[uid] | not) | "task \(.) has no pod"),
  (($live_calm - $processes_calm)[] | "task \(.) has no process"),
  (($processes_calm - $live_calm)[] | "process of \(.) has no live task"),
  ($executors[] | .executor_info.executor_id.value | select($by_uid[.] | not) | "executor \(.) has no pod"),

  ($sets.items[] | select((.status.readyReplicas // 0) != .spec.replicas)
	| "replica set \(.metadata.name): \(.status.readyReplicas // 0) ready of \(.spec.replicas)"),
  ($jobs.items[] | select(any(.status.conditions[]?; .type == "Complete" and .status == "True") | not)
	| "job \(.metadata.name) is not complete: \(.status.succeeded // 0) of \(.spec.completions)"),
  # The node of an agent that was replaced stays, marked, as long as pods are bound to it.
  ($nodes.items[] | select(.metadata.annotations["mesos.apache.org/agent-id"] | IN($mesos.get_agents.agents[].agent_info.id.value))
	| select(any(.status.conditions[]?; .type == "Ready" and .status == "True") | not)
	| "node \(.metadata.name) is not ready"),

  ($mesos.get_agents.agents[]
	| .agent_info.id.value as $agent
	| ([$tasks[] | select(live and .agent_id.value == $agent) | .resources[]]
		+ [$executors[] | select(.agent_id.value == $agent) | .executor_info.resources[]] | sums) as $used
	| (.allocated_resources // [] | sums) as $allocated
	| select($used != $allocated)
	| "agent \(.agent_info.hostname): \($allocated | tostring) of it is allocated, tasks and executors use \($used | tostring)")
