/* Request lines to the kubelet port: "METHOD target". What is taken has names without tricks. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/kubelet_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
	if (name && (!*name || strstr(name, "..") || strchr(name, '/') || strchr(name, '%'))) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *line = xstrndup((const char *)data, size);
	char *target = strchr(line, ' ');
	struct kubelet_request r;
	struct err e = {0};
	int status = 0;
	if (!target) {
		return 0;
	}
	*target++ = '\0';
	if (kubelet_request_parse(line, target, &r, &status, &e) < 0) {
		if (status < 400 || !e.text[0]) {
			abort();
		}
		return 0;
	}
	check_name(r.node);
	check_name(r.ns);
	check_name(r.pod);
	check_name(r.uid);
	check_name(r.container);
	kubelet_request_done(&r);
	return 0;
}
