/* From an HTTP answer to a kube_result: JSON parsed, and what went wrong as one sentence. Pure.
 *
 * Follows metav1.Status for refusals; other bodies (proxies, flow control) contribute their first line.
 */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include "base/buf.h"
#include "base/http_client.h"
#include "kube/client.h"

#define KUBE_REFUSAL_LINE_MAX 200 /* bytes kept of a refusal that is no Status */

struct kube_answer {
	struct kube_result result; /* borrows the text from the HTTP result */
	json_t *body;
};

/* want_body false: a good answer is not parsed, refusals always are. */
void kube_answer_init(struct kube_answer *a, const char *method, const char *path, const struct http_result *http,
		      bool want_body);
void kube_answer_done(struct kube_answer *a);

#endif
