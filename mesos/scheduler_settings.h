/* The scheduler's own copy of its configuration, checked. */
#ifndef MESOS_SCHEDULER_SETTINGS_H
#define MESOS_SCHEDULER_SETTINGS_H

#include "mesos/scheduler.h"

struct scheduler_settings {
	char *masters[MESOS_MASTERS_MAX]; /* URLs of the API */
	size_t n_masters;
	struct mesos_framework framework; /* `id` is set as it becomes known; all members are owned */
	struct http_spec stream, call; /* what every request of its kind has in common; `stream` owns the user name */
	struct mesos_files files;      /* paths are owned */
	struct mesos_credentials credentials;
	int64_t subscribe_timeout_ms;
	int64_t backoff_min_ms, backoff_max_ms;
};

int scheduler_settings_init(struct scheduler_settings *settings, const struct mesos_scheduler_config *config,
			    struct err *e);
/* When a file of the credentials is another one, all are read again, and requests from now on go by them. 1: they are
 * others now; 0: not; -1: they cannot be read, or do not go together yet, and those in hand stay. */
int scheduler_settings_look(struct scheduler_settings *settings, struct err *e);
void scheduler_settings_done(struct scheduler_settings *settings);
/* This master alone; NULL: none. */
int scheduler_settings_lead(struct scheduler_settings *settings, const char *master, struct err *e);
void scheduler_settings_framework_id(struct scheduler_settings *settings, const char *id);

#endif
