/* Replaying recorded exchanges against the model of the API server.
 *
 * A script (tests/data/kubernetes/replay/NAME.json) is a list of steps, each an object with one of:
 *   "replay": "03-get"                   send the recorded request of the script's folder, compare the answer
 *   "watch": "01-from-rv", "during": []  the same for a stream: the steps are done while it is open
 *   "skip": "08-protobuf", "why": "…"    not replayed
 *   "pod": "p1", "in": "golden", …       make a pod as the recordings' own; "spec" overrides fields, "meta" too
 *   "node": "rig-node-1"                 make a node as the recordings' own
 *   "namespace": "golden"
 *   "do": ["PATCH", "/path", {body}, "content/type"]   anything else that was done in between
 *   "rv": "250"                          the recorded version that stands for ours now
 *   "uid": ["…", "/path"]                the recorded uid of the object at the path
 *   "continue": ["…", "/path?limit=2"]   the recorded token of the list at the path
 *   "fault": "compact"
 */
#ifndef UNIT_SANDBOX_KUBE_REPLAY_H
#define UNIT_SANDBOX_KUBE_REPLAY_H

#include <stddef.h>

struct replay_count {
	size_t replayed, skipped;
};

/* Fails the running cmocka test when an exchange differs, after printing every difference. */
void replay_script(const char *name, struct replay_count *count);

#endif
