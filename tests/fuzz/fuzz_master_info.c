/* What masters announce in ZooKeeper: the first line is the names of nodes, with spaces between them, the rest the data
 * of the leader's. Each URL that comes of it must be one that a session can begin with. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/master_info.h"
#include "mesos/master_url.h"

#define NAMES_MAX 8

static void read_data(const char *name, const char *data, size_t n, bool tls)
{
	char *url = NULL, *api = NULL;
	struct err e = {0};
	int rc = master_info_url(name, data, n, tls, &url, &e);
	if ((rc == 0) != (e.code == ERR_NONE) || (rc == 0 && master_url_of_config(url, &api, &e) < 0)) {
		abort();
	}
	free(url);
	free(api);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = memchr(data, '\n', size);
	if (!end) {
		return 0;
	}
	size_t first = (size_t)(end - (const char *)data);
	CLEANUP_FREE char *line = xstrndup((const char *)data, first);
	const char *names[NAMES_MAX];
	size_t n = 0;
	for (char *save, *name = strtok_r(line, " ", &save); name && n < NAMES_MAX; name = strtok_r(NULL, " ", &save)) {
		names[n++] = name;
	}
	const char *leader = master_info_leader(names, n);
	if (leader) {
		read_data(leader, end + 1, size - first - 1, false);
		read_data(leader, end + 1, size - first - 1, true);
	}
	return 0;
}
