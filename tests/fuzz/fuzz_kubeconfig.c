/* Kubeconfig: a usable configuration, or one error, and nothing left behind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kube_config config = {0};
	struct err e = {0};
	if (memmem(data, size, "/dev", 4) || memmem(data, size, "/proc", 5)) {
		return 0; /* would read what never ends */
	}
	if (kube_config_parse((const char *)data, size, "/nonexistent/config", NULL, &config, &e) < 0) {
		if (e.code == ERR_NONE || !*e.text || config.server) {
			abort();
		}
		return 0;
	}
	if (!config.server || !config.namespace_ || !config.cert_pem != !config.key_pem) {
		abort();
	}
	kube_config_done(&config);
	return 0;
}
