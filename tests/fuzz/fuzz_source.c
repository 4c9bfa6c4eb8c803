/* Any object is a ConfigMap, a Secret, services, a claim or a volume, whose values are followed by a NUL and found by
 * their keys, or an error. The first byte, a letter, tells which. Where a volume is, is a list of terms or an error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "kube/claim.h"
#include "kube/node_terms.h"
#include "kube/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kube_source *source)
{
	for (size_t i = 0; i < source->n; i++) {
		const struct kube_datum *d = &source->items[i];
		const struct kube_datum *found = kube_source_find(source, d->key);
		if (d->bytes[d->n] != '\0' || !found || found > d) {
			abort();
		}
	}
}

static const char *label(void *arg, const char *key)
{
	(void)arg;
	return *key == 'n' ? NULL : key;
}

static void check_terms(const struct kube_source *volume)
{
	struct err e = {0};
	const struct kube_datum *d = kube_source_find(volume, VOLUME_AFFINITY);
	CLEANUP_JSON json_t *tree = d ? js_parse((const char *)d->bytes, d->n, &e) : NULL;
	struct kube_node_terms *terms = tree ? kube_node_terms_decode(tree, &e) : NULL;
	if (d && !terms && !*e.text) {
		abort();
	}
	if (terms) {
		kube_node_terms_match(terms, "node", label, NULL);
	}
	kube_node_terms_free(terms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	if (!size) {
		return 0;
	}
	CLEANUP_JSON json_t *tree = js_parse((const char *)data + 1, size - 1, NULL);
	if (!tree) {
		return 0;
	}
	struct kube_source *source =
	    kube_source_decode((enum kube_source_kind)((unsigned char)(data[0] - 'a') % KUBE_SOURCE_KINDS), tree, &e);
	if (source) {
		check(source);
		check_terms(source);
	} else if (e.code == ERR_NONE || !*e.text) {
		abort();
	}
	kube_source_free(source);
	return 0;
}
