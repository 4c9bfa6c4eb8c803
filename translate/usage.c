#include "translate/usage.h"

static double working_set(const struct mesos_usage *u)
{
	if (u->memory < 0 || u->memory_cache < 0) {
		return (double)u->memory_rss;
	}
	return u->memory > u->memory_cache ? (double)(u->memory - u->memory_cache) : 0;
}

struct kube_usage usage_of_container(const struct mesos_usage *u)
{
	bool cpu = u->cpu_user_s >= 0 && u->cpu_system_s >= 0;
	return (struct kube_usage){
	    .time_ms = u->time_ms,
	    .of =
		{
		    [FIGURE_CPU] = cpu ? u->cpu_user_s + u->cpu_system_s : -1,
		    [FIGURE_CPU_USER] = u->cpu_user_s,
		    [FIGURE_CPU_SYSTEM] = u->cpu_system_s,
		    [FIGURE_CFS_PERIODS] = (double)u->cfs_periods,
		    [FIGURE_CFS_THROTTLED] = (double)u->cfs_throttled,
		    [FIGURE_CFS_THROTTLED_S] = u->cfs_throttled_s,
		    [FIGURE_WORKING_SET] = working_set(u),
		    [FIGURE_MEMORY] = (double)u->memory,
		    [FIGURE_RSS] = (double)u->memory_rss,
		    [FIGURE_CACHE] = (double)u->memory_cache,
		    [FIGURE_MAPPED] = (double)u->memory_mapped,
		    [FIGURE_SWAP] = (double)u->memory_swap,
		    [FIGURE_LIMIT] = u->memory >= 0 ? (double)u->memory_limit : -1,
		    [FIGURE_DISK] = (double)u->disk,
		    [FIGURE_PROCESSES] = (double)u->processes,
		    [FIGURE_THREADS] = (double)u->threads,
		},
	};
}
