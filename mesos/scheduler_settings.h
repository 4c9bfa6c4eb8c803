/* The scheduler's own copy of its configuration, checked. */
#ifndef MESOS_SCHEDULER_SETTINGS_H
#define MESOS_SCHEDULER_SETTINGS_H

#include "mesos/scheduler.h"

struct scheduler_settings {
	char *masters[MESOS_MASTERS_MAX]; /* URLs of the API */
	size_t n_masters;
	struct mesos_framework framework; /* `id` is set as it becomes known; all members are owned */
	struct http_spec stream, call; /* what every request of its kind has in common; strings are owned by `stream` */
	int64_t subscribe_timeout_ms;
	int64_t backoff_min_ms, backoff_max_ms;
};

int scheduler_settings_init(struct scheduler_settings *settings, const struct mesos_scheduler_config *config,
			    struct err *e);
void scheduler_settings_done(struct scheduler_settings *settings);
void scheduler_settings_framework_id(struct scheduler_settings *settings, const char *id);

#endif
