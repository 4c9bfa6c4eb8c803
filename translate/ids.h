/* Names that both sides must agree on, computed and never stored: executor id = pod UID, task id = "UID.container.run".
 */
#ifndef TRANSLATE_IDS_H
#define TRANSLATE_IDS_H

#include <stdbool.h>
#include <stddef.h>

/* UID 36..64, container name at most 63 (DNS label), run number. */
#define TASK_ID_MAX 160
/* The container part of a pause task's id; no container can have this name (it is no DNS label). */
#define TASK_PAUSE_NAME "_pause"

/* Returns out. */
const char *task_id_make(const char *uid, const char *container, int run, char out[TASK_ID_MAX]);

struct task_id {
	char uid[TASK_ID_MAX], container[64];
	int run;
	bool pause;
};
/* -1: not one of ours. */
int task_id_parse(const char *text, struct task_id *ret);

#endif
