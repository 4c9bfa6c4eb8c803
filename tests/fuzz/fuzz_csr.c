/* What the API server says of a request for a certificate: waiting, issued or refused, and nothing in between. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/js.h"
#include "kube/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_JSON json_t *o = js_parse((const char *)data, size, NULL);
	char *certificate = NULL;
	struct err why = {0};
	enum kube_csr_state state = kube_csr_read(o, &certificate, &why);
	if ((state == KUBE_CSR_ISSUED) != (certificate != NULL) ||
	    (state == KUBE_CSR_REFUSED) != (why.code != ERR_NONE)) {
		abort();
	}
	free(certificate);
	return 0;
}
