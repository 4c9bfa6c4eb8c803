/* The control endpoint of the sandbox: faults on demand, for the demo, for tests and for the curious.
 *
 *   POST /sandbox/agents/NAME/{kill,stop,start,partition,heal,gone,refuse,accept}
 *                                                        what each means: tests/sandbox/mesos/cluster.h
 *   POST /sandbox/master/{restart,silent,speak,inject}
 *   POST /sandbox/kube/{down,up,cut,compact,inject}      out of service and back; break all watches; forget history
 *                                                        (410)
 *   POST /sandbox/credentials/{add,switch,retire}        the next generation of CA, certificates, tokens and secret:
 *                                                        trusted too; in use; trusted alone (tests/sandbox/pki.h)
 *   POST /sandbox/kube/{busy,broken,fine}         requests that change something are answered with 429 and
 *                                                 Retry-After: 1, with 500, or as they should
 *   GET  /sandbox                                 agents and whether they run, open watches, how many requests were
 *                                                 refused by busy and broken: JSON
 *
 * inject puts the body, with ?times=N so many times over, into every open watch or event stream, whatever it is.
 * Answers 200 with {}, or an error as {"message": ...}. No authentication: it listens on loopback, in a sandbox.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "tests/sandbox/http.h"
#include "tests/sandbox/serve_kube.h"
#include "tests/sandbox/serve_mesos.h"

/* All borrowed. */
struct control {
	struct pki *pki;
	struct serve_kube *kube;
	struct serve_mesos *mesos;
};

/* A sandbox_handler; the model is a struct control. */
void control_handle(void *control, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res);

#endif
