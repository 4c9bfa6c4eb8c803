# Reads the lines that tests/e2e/chaos.sh makes of a watch, and says what should never be seen:
# a phase or a count of restarts that goes back, a container that runs again after its end.
# Input lines: [type, uid, name, phase, [[container, restartCount, state, containerID], ...]]

def rank: {"Pending": 0, "Running": 1, "Succeeded": 2, "Failed": 2}[.] // 3;

reduce inputs as [$type, $uid, $name, $phase, $containers] ({said: [], pods: {}, count: 0};
	.count += 1
	| .pods[$uid] as $was
	| if $was and ($was.phase != $phase) and (($was.phase | rank) >= ($phase | rank)) then
		.said += ["\($name) \($uid): phase \($was.phase), then \($phase)"]
	  else . end
	| reduce $containers[] as [$c, $restarts, $state, $id] (.;
		if ($was.restarts[$c] // 0) > $restarts then
			.said += ["\($name) \($uid): container \($c): \($was.restarts[$c]) restarts, then \($restarts)"]
		else . end
		| if $id and $state == "running" and $was.ended[$id] then
			.said += ["\($name) \($uid): container \($c): \($id) ended, then \($state)"]
		  else . end
		| .pods[$uid].restarts[$c] = $restarts
		| if $id and $state == "terminated" then .pods[$uid].ended[$id] = true else . end)
	| .pods[$uid].phase = $phase)
| "\(.count) events of \(.pods | length) pods", (.said | unique[])
