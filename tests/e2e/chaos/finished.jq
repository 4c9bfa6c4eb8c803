# Pods of nobody's that had ended, were not being deleted nor evicted, and are there no more, or ended otherwise.
# Input lines: [uid, name, phase]; $now: the list of pods; $deleted: names that the load deleted.

($now.items | map({key: .metadata.uid, value: .status.phase}) | from_entries) as $phases
| ($deleted | split("\n") | map({key: ., value: true}) | from_entries) as $ours
| [inputs] | unique[]
| . as [$uid, $name, $phase]
| select($ours[$name] | not)
| select($phases[$uid] != $phase)
| "\($name) \($uid) was \($phase), now \($phases[$uid] // "gone")"
