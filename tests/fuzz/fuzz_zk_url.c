/* Where in ZooKeeper masters announce themselves. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/zk_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	struct zk_url url;
	struct err e = {0};
	int rc = zk_url_parse(text, &url, &e);
	if ((rc == 0) != (e.code == ERR_NONE)) {
		abort();
	}
	if (rc < 0) {
		return 0;
	}
	if (!zk_url_is(text) || url.path[0] != '/' || !url.path[1] || url.n_servers == 0) {
		abort();
	}
	for (size_t i = 0; i < url.n_servers; i++) {
		if (!*url.servers[i].host || url.servers[i].port == 0 || strpbrk(url.servers[i].host, "@/,")) {
			abort();
		}
	}
	zk_url_done(&url);
	return 0;
}
