/* What an executor has, as the annotation of its pod records it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesos/resources.h"
#include "translate/amounts.h"

const char *executor_text(struct amounts amounts, char out[EXECUTOR_TEXT_MAX])
{
	snprintf(out, EXECUTOR_TEXT_MAX,
		 "cpus:%" PRId64 ".%03" PRId64 ";mem:%" PRId64 ".%03" PRId64 ";disk:%" PRId64 ".%03" PRId64,
		 amounts.cpus / 1000, amounts.cpus % 1000, amounts.mem / 1000, amounts.mem % 1000, amounts.disk / 1000,
		 amounts.disk % 1000);
	return out;
}

/* A number above 0 with three decimals, behind "NAME:"; moves past it. */
static bool read_scalar(const char **at, const char *name, int64_t *ret)
{
	size_t n = strlen(name);
	int64_t milli = 0;
	int digits = 0;
	if (strncmp(*at, name, n) != 0) {
		return false;
	}
	for (*at += n; **at >= '0' && **at <= '9' && milli <= MESOS_SCALAR_MAX_MILLI / 1000; (*at)++, digits++) {
		milli = milli * 10 + (**at - '0');
	}
	if (!digits || *(*at)++ != '.') {
		return false;
	}
	for (digits = 0; digits < 3 && **at >= '0' && **at <= '9'; (*at)++, digits++) {
		milli = milli * 10 + (**at - '0');
	}
	*ret = milli;
	return digits == 3 && milli > 0 && milli <= MESOS_SCALAR_MAX_MILLI;
}

bool executor_read(const char *text, struct amounts *ret)
{
	struct amounts a = {0};
	bool all = read_scalar(&text, "cpus:", &a.cpus) && read_scalar(&text, ";mem:", &a.mem) &&
		   read_scalar(&text, ";disk:", &a.disk) && !*text;
	*ret = a;
	return all;
}
