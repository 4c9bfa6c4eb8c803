#include "base/process.h"

#include <dirent.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <uv.h>

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* Without the one that is open for counting. */
static double count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	double n = -1;
	if (!dir) {
		return 0;
	}
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		n += entry->d_name[0] != '.';
	}
	closedir(dir);
	return n;
}

struct process_usage process_usage(void)
{
	struct process_usage ret = {.fds = count_fds()};
	struct rusage used;
	struct rlimit limit;
	size_t rss;
	if (getrusage(RUSAGE_SELF, &used) == 0) {
		ret.cpu_s = seconds(&used.ru_utime) + seconds(&used.ru_stime);
	}
	if (uv_resident_set_memory(&rss) == 0) {
		ret.rss = (double)rss;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		ret.max_fds = (double)limit.rlim_cur;
	}
	return ret;
}

void process_allow_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
